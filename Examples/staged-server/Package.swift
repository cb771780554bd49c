// swift-tools-version: 6.1
import PackageDescription

// Apart from the other examples, which need nothing but Sandbox.
let package = Package(
  name: "staged-server",
  dependencies: [
    .package(name: "Sandbox", path: "../.."),
    .package(url: "https://github.com/apple/swift-nio", from: "2.80.0"),
  ],
  targets: [
    .executableTarget(
      name: "staged-server",
      dependencies: [
        .product(name: "Sandbox", package: "Sandbox"), .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ]),
    .testTarget(name: "StagedServerTests", dependencies: ["staged-server"]),
  ],
  swiftLanguageModes: [.v6]
)
