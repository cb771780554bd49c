import Glibc
import Testing

/// The server on a port below 1024, as root; what it answers when it has entered.
@Suite struct StagedServerTests {
  static let directory: String = {
    let bundle = text(from: fopen("/proc/self/maps", "r")).split(separator: "\n").first { $0.hasSuffix(".xctest") } ?? "/."
    return String(bundle[bundle.firstIndex(of: "/")!..<bundle.lastIndex(of: "/")!])
  }()

  static func text(from file: UnsafeMutablePointer<FILE>?) -> String {
    guard let file else { return "" }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    while true {
      let n = fread(&chunk, 1, chunk.count, file)
      if n == 0 { return String(decoding: bytes, as: UTF8.self) }
      bytes += chunk[..<n]
    }
  }

  @Test(.enabled(if: getuid() == 0, "a port below 1024 takes root")) func `it serves without any right`() {
    let script = """
      set -e
      root=$(mktemp -d); chmod 755 "$root"
      '\(Self.directory)/staged-server' 80 "$root" 20077 > "$root.log" 2>&1 & server=$!
      trap 'kill $server 2>/dev/null; rm -rf "$root" "$root.log"' EXIT
      for i in $(seq 100); do grep -q narrowed "$root.log" && break; sleep 0.1; done
      cat "$root.log"
      grep -E '^(Uid|CapEff|CapBnd|NoNewPrivs|Seccomp_filters)' /proc/$server/task/*/status | cut -d: -f2- | sort | uniq -c | wc -l
      grep -hE '^(Uid|CapEff)' /proc/$server/task/*/status | sort -u
      python3 -c 'import urllib.request; print(urllib.request.urlopen("http://127.0.0.1:80/", timeout=10).read().decode())'
      """
    let pipe = popen("bash -c '\(script.replacing("'", with: "'\\''"))' 2>&1", "r")
    let output = Self.text(from: pipe)
    #expect(pclose(pipe!) == 0, "\(output)")
    #expect(output.contains("parts verified\nnarrowed\n5\n"), "\(output)")
    #expect(output.contains("CapEff:\t0000000000000000\nUid:\t20077\t20077\t20077\t20077\n"), "\(output)")
    #expect(
      output.contains(
        """
        user 20077
        root 0 entries
        write refused \(EACCES)
        accounts refused \(ENOENT)
        chroot refused \(EPERM)
        setuid refused \(EPERM)
        raw socket refused \(EPERM)
        """), "\(output)")
  }
}
