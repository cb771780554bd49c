import Glibc
import NIOCore
import NIOHTTP1
import Sandbox

/// Answers each request, and writes it to a log that was opened before.
final class Answers: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private let key: [UInt8]
  private let log: CInt
  init(key: [UInt8], log: CInt) { (self.key, self.log) = (key, log) }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard case .head(let request) = unwrapInboundIn(data) else { return }
    let line = "\(request.method) \(request.uri)\n"
    _ = line.withCString { write(log, $0, strlen($0)) }
    let text = answer(to: request.uri) + "\n"
    let head = HTTPResponseHead(
      version: request.version, status: .ok, headers: ["content-length": "\(text.utf8.count)", "connection": "close"])
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: text)))), promise: nil)
    let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
    context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in bound.value.close(promise: nil) }
  }

  private func answer(to uri: String) -> String {
    switch uri {
    case "/": return "a key of \(key.count) bytes, and \(entries(of: "/")) files in the root"
    case "/narrow": return enter(openFiles: 32)
    case "/widen": return enter(openFiles: 8192)
    default: return "404"
    }
  }

  /// A later stage: it only tightens. The connections of now have no numbers that this handler knows.
  private func enter(openFiles: UInt64) -> String {
    var narrower = Sandbox.worker()
    narrower.limits.openFiles = ResourceLimitBounds(openFiles)
    do {
      return try narrower.enter(keeping: .all(because: "its connections are open")).verified.map(\.description).joined(
        separator: "\n")
    } catch { return "\(error)" }
  }
}

func entries(of path: String) -> Int {
  guard let directory = opendir(path) else { return -1 }
  defer { closedir(directory) }
  var count = -2  // "." and ".."
  while readdir(directory) != nil { count += 1 }
  return count
}
