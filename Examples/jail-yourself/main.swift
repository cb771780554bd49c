// A program jails itself: every thread of it, with what each had before and has after.
import Glibc
import Sandbox

for _ in 0..<3 { startThread() }

func show(_ title: String) {
  print(title)
  for thread in threads() {
    let fields = ["Uid", "CapEff", "NoNewPrivs", "Seccomp"].map { "\($0) \(status($0, of: thread))" }
    print("  thread \(thread == getpid() ? "main" : "other"): \(fields.joined(separator: ", "))")
  }
}

show("before:")
do {
  let worker = getuid() == 0 ? Sandbox.worker(user: "nobody", group: "nogroup") : Sandbox.worker()
  let enforcement = try worker.enter()
  show("after:")
  for note in enforcement.verified where note.path == "capabilities" || note.path == "filter" { print(note) }
} catch {
  print(error)
  exit(1)
}
