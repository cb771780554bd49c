// swift-tools-version: 6.1
import PackageDescription

// What every Swift target of this package is compiled with.
let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("ExistentialAny"),
]

// Tests say what they import where it is used.
let tests: [SwiftSetting] = [.swiftLanguageMode(.v6), .enableUpcomingFeature("ExistentialAny")]

let system: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")
let parser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

// The rows of the design, from the bottom up; a target imports what lies below it, never its neighbour.
let package = Package(
  name: "Sandbox",
  products: [
    .library(name: "Sandbox", targets: ["Sandbox"]),
    .library(name: "Namespaces", targets: ["Namespaces"]),
    .library(name: "Rootfs", targets: ["Rootfs"]),
    .library(name: "Credentials", targets: ["Credentials"]),
    .library(name: "Capabilities", targets: ["Capabilities"]),
    .library(name: "ResourceLimits", targets: ["ResourceLimits"]),
    .library(name: "Seccomp", targets: ["Seccomp"]),
    .executable(name: "sandbox", targets: ["SandboxTool"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-system", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
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
    .target(name: "Rootfs", dependencies: ["SandboxKernel", "SandboxPlanning", system], swiftSettings: strict),
    .target(name: "Credentials", dependencies: ["SandboxPlanning", "SandboxKernel", system], swiftSettings: strict),
    .target(
      name: "Capabilities", dependencies: ["SandboxPlanning", "SandboxKernel", "CSyscalls", system], swiftSettings: strict),
    .target(
      name: "ResourceLimits", dependencies: ["SandboxPlanning", "SandboxKernel", "CSyscalls", system], swiftSettings: strict),
    .target(
      name: "Seccomp", dependencies: ["SandboxPlanning", "SandboxKernel", "CSyscalls", system],
      swiftSettings: strict),

    .target(
      name: "Sandbox",
      dependencies: [
        "Namespaces", "Rootfs", "Credentials", "Capabilities", "ResourceLimits", "Seccomp", "SandboxPlanning", "SandboxKernel",
        "JailerImage", system,
      ],
      swiftSettings: strict),

    .target(name: "StrictJSON", swiftSettings: strict),
    .executableTarget(
      name: "SandboxTool",
      dependencies: ["Sandbox", "StrictJSON", "SandboxKernel", "SandboxPlanning", "Namespaces", system, parser],
      swiftSettings: tests),

    // The tests. What a test starts beside itself is an executable target, which stands next to the tests once built.
    .testTarget(name: "ArchitectureTests", swiftSettings: strict),
    .target(name: "JailerTable", dependencies: ["Jailer"], path: "Tests/JailerTable"),
    .testTarget(name: "JailerTests", dependencies: ["JailerImage", "JailerTable"], swiftSettings: strict),
    .testTarget(name: "SandboxKernelTests", dependencies: ["SandboxKernel", "CSyscalls", system], swiftSettings: strict),
    .testTarget(name: "SandboxPlanningTests", dependencies: ["SandboxPlanning"], swiftSettings: strict),
    .testTarget(name: "CredentialsTests", dependencies: ["Credentials", "SandboxPlanning", system], swiftSettings: strict),
    .testTarget(name: "CapabilitiesTests", dependencies: ["Capabilities", "SandboxPlanning", system], swiftSettings: strict),
    .testTarget(name: "ResourceLimitsTests", dependencies: ["ResourceLimits", "SandboxPlanning", system], swiftSettings: strict),
    .executableTarget(name: "SwiftPayload", path: "Tests/Support/SwiftPayload", swiftSettings: strict),
    .executableTarget(
      name: "HostProbe", dependencies: ["Sandbox", "SandboxPlanning", "CSyscalls"], path: "Tests/Support/HostProbe",
      swiftSettings: tests),
    .executableTarget(
      name: "EnterProbe", dependencies: ["Sandbox", "CSyscalls"], path: "Tests/Support/EnterProbe", swiftSettings: tests),
    .executableTarget(
      name: "StressProbe", dependencies: ["Sandbox", "CSyscalls"], path: "Tests/Support/StressProbe", swiftSettings: tests),
    .testTarget(
      name: "SandboxTests",
      dependencies: [
        "Sandbox", "SandboxPlanning", "Rootfs", "Seccomp", "StrictJSON", "SwiftPayload", "HostProbe", "EnterProbe", "StressProbe",
        system,
      ],
      swiftSettings: tests),
    .testTarget(name: "StrictJSONTests", dependencies: ["StrictJSON"], swiftSettings: tests),
    .testTarget(name: "ToolTests", dependencies: ["SandboxTool"], swiftSettings: tests),
    .executableTarget(name: "FilterProbe", dependencies: ["CSyscalls"], path: "Tests/Support/FilterProbe"),
    .testTarget(
      name: "SeccompTests",
      dependencies: ["Seccomp", "SandboxPlanning", "SandboxKernel", "CSyscalls", "CLibseccomp", "FilterProbe", system],
      swiftSettings: strict),
    // A second opinion on the filters; no target of the library needs it.
    .systemLibrary(
      name: "CLibseccomp", path: "Tests/Support/CLibseccomp", pkgConfig: "libseccomp", providers: [.apt(["libseccomp-dev"])]),
  ]
)

// What reads bytes that somebody else wrote, for libFuzzer, whose archive the variable names (Scripts/lanes/fuzz).
if let libFuzzer = Context.environment["SANDBOX_FUZZER"] {
  let fuzzed: [SwiftSetting] = [.unsafeFlags(["-sanitize=fuzzer,address", "-parse-as-library"])]
  let readers = [
    "SandboxKernel", "SandboxPlanning", "Namespaces", "Rootfs", "Credentials", "Capabilities", "Sandbox", "StrictJSON",
  ]
  for target in package.targets where readers.contains(target.name) { target.swiftSettings = strict + fuzzed }
  package.targets.append(
    .executableTarget(
      name: "FuzzReaders", dependencies: ["Sandbox", "SandboxPlanning", "Rootfs", "StrictJSON"], path: "Tests/Fuzz/Readers",
      swiftSettings: tests + fuzzed,
      linkerSettings: [.unsafeFlags(["-sanitize=address", "-use-ld=lld", libFuzzer]), .linkedLibrary("stdc++")]))
}
