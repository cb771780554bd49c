// swift-tools-version: 6.1
import PackageDescription

// A package that depends on Sandbox as anyone's does: by the URL of a repository, which the lane `downstream` clones.
let sandbox = Context.environment["SANDBOX_CLONE"] ?? "https://example.invalid/Sandbox"

let package = Package(
  name: "Downstream",
  dependencies: [
    .package(url: sandbox, branch: "downstream"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
  ],
  targets: [
    // Only Sandbox, to see what it brings along.
    .executableTarget(name: "ClosedBox", dependencies: [.product(name: "Sandbox", package: "Sandbox")]),
    // Each mechanism by itself.
    .executableTarget(
      name: "Mechanisms",
      dependencies: ["Capabilities", "Credentials", "Namespaces", "ResourceLimits", "Rootfs", "Seccomp"].map {
        .product(name: $0, package: "Sandbox")
      }),
    // Sandbox beside what servers and tools import.
    .executableTarget(
      name: "Neighbours",
      dependencies: [
        .product(name: "Sandbox", package: "Sandbox"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
  ]
)
