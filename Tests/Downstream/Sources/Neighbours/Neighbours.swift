import ArgumentParser
import Foundation
import Logging
import NIOCore
import Sandbox

/// A policy is made and changed in a file that imports all of these; PublicNames.swift, which the lane writes, names each
/// public type of Sandbox in such a file.
@main
struct Neighbours: AsyncParsableCommand {
  @Option var seconds = 5

  func run() async throws {
    var sandbox = Sandbox()
    sandbox.deadline = .seconds(seconds)
    sandbox.filesystem.mounts.append(.bind("/srv", access: .readOnly, ifExists: true))
    sandbox.limits.openFiles = 256
    Logger(label: "neighbours").info("\(sandbox.filesystem.mounts.count) mounts, \(PublicNames.count) names")
    print(ByteBuffer(string: URL(filePath: sandbox.filesystem.workingDirectory).lastPathComponent).readableBytes)
  }
}
