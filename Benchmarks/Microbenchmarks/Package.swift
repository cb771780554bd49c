// swift-tools-version: 6.1
import PackageDescription

// By itself, since the tools of its dependency would be built with everything else of a package.
let package = Package(
  name: "Microbenchmarks",
  dependencies: [
    .package(name: "Sandbox", path: "../.."),
    // Without its interposers: the gate counts allocations, and needs no other malloc.
    .package(url: "https://github.com/ordo-one/benchmark", from: "1.4.0", traits: []),
  ],
  targets: [
    .executableTarget(
      name: "Microbenchmarks",
      dependencies: [.product(name: "Sandbox", package: "Sandbox"), .product(name: "Benchmark", package: "benchmark")],
      path: "Benchmarks/Microbenchmarks",
      swiftSettings: [
        .swiftLanguageMode(.v6), .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("MemberImportVisibility"),
      ],
      plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")])
  ]
)
