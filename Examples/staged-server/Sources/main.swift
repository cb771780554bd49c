// A server in stages: as root it opens its port, its log and its key; then it jails itself, on every thread, before it answers
// anybody. `/narrow` makes it enter again, and `/widen` shows that this only tightens.
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import Sandbox

guard CommandLine.arguments.count == 5, let port = UInt16(CommandLine.arguments[1]) else {
  print("usage: staged-server PORT ROOT LOG KEY")
  exit(2)
}
let (root, logPath, keyPath) = (CommandLine.arguments[2], CommandLine.arguments[3], CommandLine.arguments[4])

func must(_ result: CInt, _ call: String) -> CInt {
  guard result < 0 else { return result }
  print("\(call): \(String(cString: strerror(errno)))")
  exit(1)
}

// 1. With the rights that it was started with.
let listener = must(socket(AF_INET, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0), "socket")
var address = sockaddr_in()
address.sin_family = sa_family_t(AF_INET)
address.sin_port = port.bigEndian
let size = socklen_t(MemoryLayout<sockaddr_in>.size)
let bound = withUnsafePointer(to: &address) {
  $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(listener, $0, size) }
}
_ = must(bound, "bind to port \(port)")
let log = must(open(logPath, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600), logPath)
let keyFile = must(open(keyPath, O_RDONLY | O_CLOEXEC), keyPath)
var key = [UInt8](repeating: 0, count: 65536)
key.removeLast(key.count - max(0, read(keyFile, &key, key.count)))
let group = MultiThreadedEventLoopGroup(numberOfThreads: 4)
print("bound to port \(port); a line, or the end of the input, and it enters")
fflush(nil)
_ = readLine()

do {
  // 2. Nobody has been answered yet. The key's file is closed; the log and the port stay.
  let enforcement = try Sandbox.worker(root: root, user: "nobody", group: "nogroup").enter(keeping: [listener, log])
  print(enforcement)

  // 3. Without a capability, in an empty root that it cannot write, under a filter.
  let bytes = key
  let channel = try ServerBootstrap(group: group)
    .childChannelInitializer { channel in
      channel.eventLoop.makeCompletedFuture {
        try channel.pipeline.syncOperations.configureHTTPServerPipeline()
        try channel.pipeline.syncOperations.addHandler(Answers(key: bytes, log: log))
      }
    }
    .withBoundSocket(listener).wait()
  print("serving")
  fflush(nil)
  try channel.closeFuture.wait()
} catch {
  print(error)
  exit(1)
}
