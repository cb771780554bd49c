// A server that opens what takes rights, its port, and then enters: a request is served without any.
//
//     staged-server PORT EMPTY-DIRECTORY USER-NUMBER
import Glibc
import NIOCore
import NIOPosix
import Sandbox

let arguments = CommandLine.arguments
guard arguments.count == 4, let port = Int(arguments[1]), let user = UInt32(arguments[3]) else {
  print("usage: staged-server PORT EMPTY-DIRECTORY USER-NUMBER")
  exit(64)
}

// First stage, with the rights that it was started with: the port, and the event loops.
let listener = try listen(on: UInt16(port))
let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
let server = try ServerBootstrap(group: group)
  .childChannelInitializer { channel in channel.pipeline.addHandler(Answer()) }
  .withBoundSocket(listener).wait()

// Second stage: every thread, also NIO's, loses them.
do {
  let worker = Sandbox.worker(root: arguments[2], user: .number(user))
  let enforcement = try worker.enter(keeping: [listener])
  print("entered: \(enforcement.verified.count) parts verified")

  // Third stage: narrower still, once it is known how much is needed.
  var narrower = Sandbox.worker()
  narrower.limits.openFiles = 64
  try narrower.enter(keeping: [listener])
  print("narrowed")
} catch {
  print(error)
  exit(1)
}
fflush(nil)
try server.closeFuture.wait()
