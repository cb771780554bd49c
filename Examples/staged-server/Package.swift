// swift-tools-version: 6.1
import PackageDescription

// Apart from the other examples: whoever builds those has no need of SwiftNIO.
let package = Package(
  name: "staged-server",
  dependencies: [
    .package(name: "Sandbox", path: "../.."),
    .package(url: "https://github.com/apple/swift-nio", from: "2.86.0"),
  ],
  targets: [
    .executableTarget(
      name: "staged-server",
      dependencies: [
        .product(name: "Sandbox", package: "Sandbox"), .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
      ],
      path: "Sources")
  ],
  swiftLanguageModes: [.v6]
)
