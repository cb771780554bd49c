// swift-tools-version: 6.1
import PackageDescription

// What every Swift target of this package is compiled with.
let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("ExistentialAny"),
]

let system: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")

// The rows of the design, from the bottom up; a target imports what lies below it, never its neighbour.
let package = Package(
  name: "Sandbox",
  products: [
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-system", from: "1.6.0")
  ],
  targets: [
    .target(name: "CSyscalls"),

    .target(name: "Jailer", dependencies: ["CSyscalls"]),
    .target(name: "JailerImage", swiftSettings: strict, plugins: ["EmbedJailer"]),
    .plugin(name: "EmbedJailer", capability: .buildTool(), dependencies: ["JailerEmbedder"]),
    .executableTarget(name: "JailerEmbedder", swiftSettings: strict),
    .target(name: "SandboxKernel", dependencies: ["CSyscalls", system], swiftSettings: strict),

    .target(name: "SandboxPlanning", dependencies: ["Jailer", "CSyscalls", "SandboxKernel", system], swiftSettings: strict),

    .target(name: "Namespaces", dependencies: ["SandboxPlanning", system], swiftSettings: strict),
    .target(name: "Rootfs", dependencies: ["SandboxPlanning", system], swiftSettings: strict),
    .target(name: "Credentials", dependencies: ["SandboxPlanning", system], swiftSettings: strict),
    .target(name: "Capabilities", dependencies: ["SandboxPlanning", system], swiftSettings: strict),
    .target(name: "ResourceLimits", dependencies: ["SandboxPlanning", system], swiftSettings: strict),
    .target(
      name: "Seccomp", dependencies: ["SandboxPlanning", "SandboxKernel", "CSyscalls", "CLibseccomp", system], swiftSettings: strict),
    .systemLibrary(name: "CLibseccomp", pkgConfig: "libseccomp", providers: [.apt(["libseccomp-dev"])]),

    .executableTarget(name: "FilterProbe", dependencies: ["CSyscalls"], path: "Tests/Support/FilterProbe"),
    .testTarget(
      name: "SeccompTests", dependencies: ["Seccomp", "SandboxPlanning", "FilterProbe", system], swiftSettings: strict),
  ]
)
