// swift-tools-version: 6.1
import PackageDescription

let sandbox: Target.Dependency = .product(name: "Sandbox", package: "Sandbox")

let alone = [
  "closed-box", "empty-root", "no-capabilities", "one-capability", "limits-inside", "process-limit", "runtime", "jail-yourself",
]
/// Those that compare a jail with its host.
let comparing = ["own-mounts", "own-network", "own-processes", "own-hostname"]

// The examples that need nothing but Sandbox, built once, and a test that runs each.
let package = Package(
  name: "Examples",
  dependencies: [.package(name: "Sandbox", path: "..")],
  targets: alone.map { .executableTarget(name: $0, dependencies: [sandbox], path: $0) }
    + comparing.map { .executableTarget(name: $0, dependencies: [sandbox, "HostShell"], path: $0) }
    + [
      .target(name: "HostShell", path: "HostShell"),
      .testTarget(name: "ExampleTests", dependencies: (alone + comparing).map { .init(stringLiteral: $0) }),
    ],
  swiftLanguageModes: [.v6]
)
