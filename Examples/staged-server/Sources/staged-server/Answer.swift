import Glibc
import NIOCore

/// Says, to whoever asks, what this process can still do; and closes.
final class Answer: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let lines = [
      "user \(getuid())", "root \(entries(of: "/"))", "write \(attempt(open("/file", O_WRONLY | O_CREAT, 0o600)))",
      "accounts \(attempt(open("/etc/passwd", O_RDONLY)))", "chroot \(attempt(chroot("/")))", "setuid \(attempt(setuid(0)))",
      "raw socket \(attempt(socket(AF_INET, CInt(SOCK_RAW.rawValue), 1)))",
    ]
    let body = lines.joined(separator: "\n") + "\n"
    let text = "HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n\(body)"
    let channel = context.channel
    channel.writeAndFlush(ByteBuffer(string: text)).whenComplete { _ in channel.close(promise: nil) }
  }

  private func attempt(_ result: CInt) -> String { result < 0 ? "refused \(errno)" : "done" }

  private func entries(of path: String) -> String {
    guard let directory = opendir(path) else { return "refused \(errno)" }
    defer { closedir(directory) }
    var count = 0
    while readdir(directory) != nil { count += 1 }
    return "\(count - 2) entries"
  }
}

/// A socket that listens on this machine's own address.
func listen(on port: UInt16) throws -> CInt {
  struct Failure: Error { let errno: CInt }
  let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_port = port.bigEndian
  address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
  let bound = withUnsafePointer(to: &address) {
    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
  }
  guard descriptor >= 0, bound == 0, listen(descriptor, 128) == 0 else { throw Failure(errno: errno) }
  return descriptor
}
