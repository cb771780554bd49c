import Glibc
import Testing

/// What the tool makes of signals, at each moment of its life.
@Suite("The tool's signals") struct ToolSignalTests {
  @Test func `signals are forwarded`() async throws {
    for signal in ["INT", "TERM", "HUP", "QUIT", "USR1", "USR2", "ALRM", "VTALRM", "PROF", "XCPU", "IO"] {
      let result = try await ToolTests.shell(
        """
        set -m  # without job control a shell ignores INT and QUIT for what it starts with &
        mkfifo ready
        '\(ToolTests.path)' run -- bash -c 'trap "echo got \(signal); exit 5" \(signal); echo ready; while :; do sleep 0.05; done' > ready &
        { read line; kill -\(signal) $!; cat; } < ready; wait $!; echo "status $?"
        """)
      #expect(result.output == "got \(signal)\nstatus 5\n", "\(result.error)")
    }
  }

  @Test func `a signal that asks to end, ends the making of a jail`() async throws {
    let holder = """
      import fcntl, os, shutil, signal, time
      shutil.copy("/bin/true", "program")
      file = open("program", "r+b")
      fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_WRLCK)
      signal.signal(signal.SIGIO, signal.SIG_IGN)
      open("leased", "w")
      time.sleep(40)
      """
    let result = try await ToolTests.shell(
      """
      chmod 755 .; set -m; python3 -c '\(holder)' & holder=$!
      until [ -e leased ]; do sleep 0.05; done
      for signal in INT TERM HUP QUIT; do
        '\(ToolTests.path)' run --bind "$PWD:/b" -- /b/program &
        for _ in {1..500}; do pgrep -P $! > /dev/null && break; sleep 0.02; done; sleep 0.5; kill -$signal $!; wait $!; echo $?
      done
      kill $holder; sandbox run --bind "$PWD:/b" -- /b/program; echo "without a lease $?"
      """)
    #expect(result.output == "125\n125\n125\n125\nwithout a lease 0\n", "\(result.error)")
    #expect(result.error.split(separator: "\n").count { $0.contains("cancelled") } == 4, "\(result.error)")
  }

  @Test(arguments: ["ALRM", "XCPU", "TERM"]) func `a signal leaves the terminal as it was`(_ signal: String) async throws {
    let program = """
      import os, pty, signal, subprocess, termios, time
      master, side = pty.openpty()
      before = termios.tcgetattr(side)
      tool = subprocess.Popen(["\(ToolTests.path)", "run", "--tty", "--", "sh", "-c", "echo ready; sleep 60"],
                              stdin=side, stdout=subprocess.PIPE, start_new_session=True)
      tool.stdout.readline()
      for _ in range(500):
          raw = termios.tcgetattr(side) != before
          if raw: break
          time.sleep(0.02)
      tool.send_signal(signal.SIG\(signal))
      print(raw, tool.wait() == 128 + signal.SIG\(signal), termios.tcgetattr(side) == before)
      """
    let result = try await ToolTests.shell("cat > driver.py <<'END'\n\(program)\nEND\npython3 driver.py")
    #expect(result.output == "True True True\n", "\(result.error)")
  }

  /// Or the lane says that it must: then it is an error, and no skip.
  private static let hasFUSE = access("/dev/fuse", R_OK | W_OK) == 0 || getenv("SANDBOX_REQUIRED_FEATURES") != nil

  /// A file system in user space that never answers: whoever looks at it waits.
  @Test(.enabled(if: geteuid() == 0 && ToolSignalTests.hasFUSE, "needs root and FUSE"), arguments: [1, 2])
  func `signals end the tool while it plans, at once if there are two`(_ count: Int) async throws {
    let server = """
      import ctypes, os, signal, subprocess, time
      libc = ctypes.CDLL(None, use_errno=True)
      device = os.open("/dev/fuse", os.O_RDWR)
      options = f"fd={device},rootmode=40000,user_id=0,group_id=0".encode()
      assert libc.mount(b"none", b"/mnt", b"fuse", 0, options) == 0, ctypes.get_errno()
      tool = subprocess.Popen(["\(ToolTests.path)", "run", "--bind", "/mnt/source:/s", "--", "true"])
      # Once it takes the signals, and then looks.
      catches = lambda: int(open(f"/proc/{tool.pid}/status").read().split("SigCgt:")[1].split()[0], 16) >> signal.SIGTERM - 1 & 1
      while not catches(): time.sleep(0.02)
      time.sleep(0.5)
      for _ in range(\(count)):
          lives = tool.poll() is None
          tool.send_signal(signal.SIGTERM)
          time.sleep(0.1)
      try:
          print(lives, tool.wait(60))
      except subprocess.TimeoutExpired:
          print("it still lives"); tool.kill()
      """
    let result = try await ToolTests.shell("cat > server.py <<'END'\n\(server)\nEND\nunshare --mount python3 server.py")
    #expect(result.output == "True 143\n", "\(result.output) \(result.error)")
  }

  @Test func `signals that its caller blocks are forwarded all the same`() async throws {
    let program = """
      import os, signal, subprocess, sys
      signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
      tool = subprocess.Popen(["\(ToolTests.path)", "run", "--", "bash", "-c", "trap 'exit 5' TERM; echo; while :; do sleep 0.05; done"],
                              stdout=subprocess.PIPE)
      tool.stdout.readline()
      tool.terminate()
      print(tool.wait(60))
      """
    #expect(try await ToolTests.shell("python3 -c '\(program.replacing("'", with: "'\\''"))'").output == "5\n")
  }

  @Test func `signals that its caller ignores stay ignored`() async throws {
    for signal in ["INT", "HUP", "QUIT"] {
      let result = try await ToolTests.shell(
        """
        set -m; mkfifo ready
        (trap '' \(signal); exec '\(ToolTests.path)' run -- bash -c 'trap "echo hit" \(signal); echo ready; for i in {1..20}; do sleep 0.05; done; echo alive') > ready &
        { read line; kill -\(signal) $!; cat; } < ready; wait $!; echo "status $?"
        """)
      #expect(result.output == "alive\nstatus 0\n", "\(signal): \(result.error)")
    }
  }
}
