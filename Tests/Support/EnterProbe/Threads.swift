import CSyscalls
import Dispatch
import Glibc
import Synchronization

/// Threads of every kind that a process may have when it enters.
enum Threads {
  /// Ends what runs hot.
  static let isOver = Atomic<Bool>(false)
  static let started = Atomic<Int>(0)

  static func start(_ kind: String, _ count: Int) -> String {
    let before = started.load(ordering: .acquiring)
    for _ in 0..<count {
      switch kind {
      case "pthread": pthread { while !isOver.load(ordering: .relaxed) { usleep(50) } }
      case "hot": pthread { while !isOver.load(ordering: .relaxed) {} }
      case "dispatch":
        DispatchQueue.global().async {
          note(); while !isOver.load(ordering: .relaxed) { usleep(50) }
        }
      case "task":
        Task.detached {
          note()
          while !isOver.load(ordering: .relaxed) {
            usleep(50)
            await Task.yield()
          }
        }
      case "blocking":
        pthread {
          var ends: [CInt] = [0, 0]
          var byte: UInt8 = 0
          pipe(&ends)
          // Restarted when the handler has returned, unless the entry has closed it: the number may be another file's then.
          while read(ends[0], &byte, 1) < 0, errno == EINTR {}
          while true { pause() }
        }
      case "masked":
        // As far as the C library lets it: its own signals stay unblocked.
        pthread {
          var all = sigset_t()
          sigfillset(&all)
          pthread_sigmask(SIG_SETMASK, &all, nil)
          while !isOver.load(ordering: .relaxed) { usleep(50) }
        }
      case "deaf":
        pthread {
          var all = UInt64.max
          _ = csys_rt_sigprocmask(CSYS_SIG_SETMASK, &all, nil)
          while !isOver.load(ordering: .relaxed) { usleep(50) }
        }
      case "churn":
        // Threads that are born and end at any moment, and make others.
        pthread { while !isOver.load(ordering: .relaxed) { join(born { join(born { sched_yield() }) }) } }
      case "read", "accept", "child", "lock", "semaphore": pthread { Calls.wait(in: kind) }
      case "poll": pthread { Calls.poll() }
      case "filtered":
        pthread {
          Filter.load(); pause()
        }
      case "timer": return timer()
      case "files", "directories":
        let flags: UInt = kind == "files" ? 0x400 : 0x200
        pthread {
          _ = csys_unshare(flags); while true { pause() }
        }
      case "registered":
        pthread {
          _ = Ring.register(); while true { pause() }
        }
      default: return "unknown kind \(kind)"
      }
    }
    // A pool starts its threads as it sees fit: at least one runs.
    let wanted = kind == "dispatch" || kind == "task" ? 1 : count
    for _ in 0..<20_000 where started.load(ordering: .acquiring) - before < wanted { usleep(1000) }
    return started.load(ordering: .acquiring) - before >= wanted ? "ok" : "they did not start"
  }

  private static func note() { started.wrappingAdd(1, ordering: .acquiringAndReleasing) }

  private final class Body { let run: () -> Void; init(_ run: @escaping () -> Void) { self.run = run } }

  private static func born(_ run: @escaping () -> Void) -> pthread_t {
    var thread = pthread_t()
    let box = Unmanaged.passRetained(Body(run))
    let result = pthread_create(
      &thread, nil,
      {
        Unmanaged<Body>.fromOpaque($0!).takeRetainedValue().run(); return nil
      }, box.toOpaque())
    guard result == 0 else { fatalError("pthread_create: \(result)") }
    return thread
  }

  private static func join(_ thread: pthread_t) { pthread_join(thread, nil) }

  private static func pthread(_ run: @escaping () -> Void) {
    pthread_detach(
      born {
        note(); run()
      })
  }

  /// glibc's helper thread for SIGEV_THREAD blocks everything that it can.
  private static func timer() -> String {
    var event = sigevent()
    event.sigev_notify = CInt(SIGEV_THREAD)
    event._sigev_un._sigev_thread._function = { _ in }
    var timer: timer_t?
    guard timer_create(CLOCK_MONOTONIC, &event, &timer) == 0 else { return "timer_create: \(errno)" }
    var often = itimerspec(
      it_interval: timespec(tv_sec: 0, tv_nsec: 1_000_000), it_value: timespec(tv_sec: 0, tv_nsec: 1_000_000))
    return timer_settime(timer!, 0, &often, nil) == 0 ? "ok" : "timer_settime: \(errno)"
  }
}
