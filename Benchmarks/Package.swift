// swift-tools-version: 6.1
import PackageDescription

let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

/// The functions that the gate counts the calls of.
let allocating = ["malloc", "calloc", "realloc", "memalign", "aligned_alloc", "posix_memalign"]

let sandbox: Target.Dependency = .product(name: "Sandbox", package: "Sandbox")
let system: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")

let package = Package(
  name: "Benchmarks",
  dependencies: [
    .package(name: "Sandbox", path: ".."),
    .package(url: "https://github.com/apple/swift-system", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.0"),
  ],
  targets: [
    .executableTarget(
      name: "Harness",
      dependencies: [
        sandbox, system, .product(name: "Subprocess", package: "swift-subprocess"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),
    .executableTarget(name: "EnterTimer", dependencies: [sandbox], swiftSettings: strict),
    .target(name: "Allocations"),
    .executableTarget(
      name: "GateProbe", dependencies: [sandbox, "Allocations"], swiftSettings: strict,
      linkerSettings: [.unsafeFlags(allocating.flatMap { ["-Xlinker", "--wrap=\($0)"] })]),
  ]
)
