// swift-tools-version: 6.1
import PackageDescription

let sandbox: Target.Dependency = .product(name: "Sandbox", package: "Sandbox")

// The examples that need nothing but Sandbox, built once, and a test that runs each.
let package = Package(
  name: "Examples",
  dependencies: [.package(name: "Sandbox", path: "..")],
  targets: [
    .executableTarget(name: "closed-box", dependencies: [sandbox], path: "closed-box"),
    .executableTarget(name: "empty-root", dependencies: [sandbox], path: "empty-root"),
    .executableTarget(name: "no-capabilities", dependencies: [sandbox], path: "no-capabilities"),
    .executableTarget(name: "one-capability", dependencies: [sandbox], path: "one-capability"),
    .executableTarget(name: "limits-inside", dependencies: [sandbox], path: "limits-inside"),
    .executableTarget(name: "process-limit", dependencies: [sandbox], path: "process-limit"),
    .executableTarget(name: "jail-yourself", dependencies: [sandbox], path: "jail-yourself"),
    .testTarget(
      name: "ExampleTests",
      dependencies: ["closed-box", "empty-root", "no-capabilities", "one-capability", "limits-inside", "process-limit", "jail-yourself"]),
  ],
  swiftLanguageModes: [.v6]
)
