import Glibc
import Sandbox
import Testing

@Suite("Network") struct NetworkTests {
  @Test func `the loopback is private and up`() async throws {
    let answer = try await Jailed.python(
      """
      import socket, threading
      server = socket.create_server(("127.0.0.1", 0))
      threading.Thread(target=lambda: server.accept()[0].sendall(b"hello")).start()
      print(socket.create_connection(server.getsockname(), 5).recv(5).decode())
      """)
    #expect(answer == "hello\n")
  }

  @Test func `there is no other interface`() async throws {
    #expect(try await Jailed.python("import socket; print([name for _, name in socket.if_nameindex()])") == "['lo']\n")
  }

  @Test func `the host's ports are out of reach`() async throws {
    let listener = try Listener()
    let connect = Jailed.attempt + "print(attempt(lambda: socket.create_connection(('127.0.0.1', \(listener.port)), 2)))"
    #expect(try Unjailed.python(connect) == "ok\n", "the control reaches it")
    #expect(try await Jailed.python(connect) == "ECONNREFUSED\n")
    var open = Sandbox()
    open.namespaces.network = .host(because: "the test's second control")
    #expect(try await Jailed.python(connect, in: open) == "ok\n")
  }

  @Test func `where the network is the host's, its name servers are used, else they are not to be seen`() async throws {
    let look = "cat /etc/resolv.conf; grep hosts: /etc/nsswitch.conf"
    var open = Sandbox()
    open.namespaces.network = .host(because: "the test looks for name servers")
    let servers = (try? Text.of("/etc/resolv.conf")) ?? ""
    let outcome = try await open.run("/bin/sh", arguments: ["-c", look])
    #expect(outcome.standardOutput == servers + "hosts: files dns\n", "\(outcome.standardError)")
    let closed = try await Sandbox().run("/bin/sh", arguments: ["-c", look])
    #expect(closed.standardOutput == "hosts: files\n")
  }

  @Test func `the host's abstract sockets are out of reach`() async throws {
    let name = "sandbox-test-\(getpid())-\(UInt32.random(in: 0 ... .max))"
    let listener = try Listener(abstract: name)
    let connect =
      Jailed.attempt + "print(attempt(lambda: socket.socket(socket.AF_UNIX).connect('\\0\(name)')))"
    #expect(try Unjailed.python(connect) == "ok\n", "the control reaches it")
    #expect(try await Jailed.python(connect) == "ECONNREFUSED\n")
    withExtendedLifetime(listener) {}
  }
}

/// A socket of the test's own that listens.
final class Listener {
  private let number: CInt
  var port: Int = 0

  init() throws {
    number = socket(AF_INET, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let failed = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
        bind(number, generic, size) != 0 || listen(number, 8) != 0 || getsockname(number, generic, &size) != 0
      }
    }
    guard !failed else { throw Unjailed.Failure(errno: errno) }
    port = Int(UInt16(bigEndian: address.sin_port))
  }

  init(abstract name: String) throws {
    number = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { path in
      for (index, byte) in name.utf8.enumerated() { path[index + 1] = byte }
    }
    let size = socklen_t(MemoryLayout<sa_family_t>.size + 1 + name.utf8.count)
    let failed = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(number, $0, size) != 0 || listen(number, 8) != 0 }
    }
    guard !failed else { throw Unjailed.Failure(errno: errno) }
  }

  deinit { close(number) }
}
