// EnterTimer THREADS ROOT UID: enters a worker on so many threads, and writes how many nanoseconds that took.
import Glibc
import Sandbox

func now() -> UInt64 {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

guard CommandLine.arguments.count == 4, let threads = Int(CommandLine.arguments[1]), let uid = UInt32(CommandLine.arguments[3])
else {
  print("usage: EnterTimer THREADS ROOT UID")
  exit(64)
}
for _ in 1..<max(threads, 1) where !startThread() { exit(70) }
usleep(20_000)

let worker = Sandbox.worker(root: CommandLine.arguments[2], user: .number(uid), group: .number(uid))
do {
  let start = now()
  let enforcement = try worker.enter()
  let end = now()
  guard enforcement.verified.contains(where: { $0.reason.contains(threads == 1 ? "the only thread" : "all \(threads) threads") })
  else { exit(71) }
  print(end - start)
} catch {
  print(error)
  exit(1)
}
