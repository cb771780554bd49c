// swift-tools-version: 6.1
import PackageDescription

// What every Swift target of this package is compiled with (Documentation/Internals, "House rules").
let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("ExistentialAny"),
]

let package = Package(
  name: "Sandbox",
  products: [],
  dependencies: [],
  targets: [
    .target(name: "CSyscalls"),
  ]
)
