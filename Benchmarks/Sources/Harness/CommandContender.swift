/// Someone who is a command: started by posix_spawn(3) and waited for.
final class CommandContender: Contender {
  let description: Description
  private let command: (_ payload: [String]) -> [String]
  private let payload: String
  private let streams: [CInt: Child.Stream]
  private let environment: [String]

  /// - Parameter command: the whole command for a payload with arguments.
  init(
    _ description: Description, payload: String, streams: [CInt: Child.Stream] = [:],
    environment: [String] = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"], command: @escaping (_ payload: [String]) -> [String]
  ) {
    self.description = description
    self.payload = payload
    self.streams = streams
    self.environment = environment
    self.command = command
  }

  func spawn() async throws -> Sample {
    let arguments = command([payload])
    return try await sample { try Child(arguments, environment: environment, streams: streams).wait() }
  }

  func startOne() throws -> Child { try Child(command([payload]), environment: environment, streams: streams) }

  func spawnFailing() async throws -> Int {
    try Child(command([payload, "fail"]), environment: environment, streams: streams).wait()
  }
}
