import Sandbox
import StrictJSON
import Testing

/// The designed form of a policy as JSON.
@Suite("Policies as JSON") struct CodingTests {
  private func decode(_ text: String) throws -> Sandbox { try StrictJSON.decode(Sandbox.self, from: Array(text.utf8)) }

  @Test func `the empty object is the closed box`() throws {
    #expect(try decode("{}") == Sandbox())
    #expect(try StrictJSON.encode(Sandbox()) == Array("{\n\n}\n".utf8))
  }

  /// Each part, written out by hand.
  static let golden = """
    {
      "capabilities" : {
        "ambient" : [
          "CAP_NET_RAW"
        ],
        "bounding" : [
          "CAP_CHOWN",
          "CAP_NET_RAW"
        ],
        "inheritable" : [
          "CAP_NET_RAW"
        ],
        "permitted" : [
          "CAP_NET_RAW"
        ],
        "reason" : "it pings",
        "secureBits" : [
          "noroot",
          "noroot_locked"
        ]
      },
      "credentials" : {
        "group" : 7,
        "groups" : [
          44,
          "audio"
        ],
        "umask" : "077",
        "user" : "www-data"
      },
      "deadline" : "1500ms",
      "filesystem" : {
        "mounts" : [
          "hostSystem",
          "proc",
          "devices",
          {
            "bind" : {
              "access" : "readWrite",
              "source" : "/srv/work",
              "target" : "/work"
            }
          },
          {
            "bind" : {
              "ifExists" : true,
              "source" : "/opt"
            }
          },
          {
            "tmpfs" : {
              "mode" : "0700",
              "size" : "1GiB",
              "target" : "/scratch"
            }
          },
          {
            "symlink" : {
              "target" : "/link",
              "to" : "/work"
            }
          },
          {
            "directory" : {
              "target" : "/empty"
            }
          },
          {
            "file" : {
              "mode" : "0600",
              "target" : "/greeting",
              "text" : "hello"
            }
          },
          {
            "bind" : {
              "allowsExecution" : false,
              "idMap" : {
                "groups" : [
                  {
                    "inside" : 7,
                    "source" : 33
                  }
                ],
                "users" : [
                  {
                    "count" : 2,
                    "inside" : 1000,
                    "source" : 33
                  }
                ]
              },
              "propagation" : "slave",
              "source" : "/data"
            }
          },
          {
            "device" : {
              "because" : "machines",
              "source" : "/dev/kvm"
            }
          },
          {
            "program" : "/usr/bin/python3"
          },
          {
            "proc" : {
              "hidepid" : "invisible",
              "subset" : "pid",
              "target" : "/processes"
            }
          },
          "messageQueues",
          "sysfs",
          {
            "masked" : {
              "ifExists" : true,
              "target" : "/work/secret"
            }
          },
          {
            "readOnly" : {
              "target" : "/scratch"
            }
          }
        ],
        "root" : {
          "directory" : {
            "access" : "readWrite",
            "source" : "/srv/root"
          }
        },
        "rootChange" : "chroot",
        "workingDirectory" : "/work"
      },
      "filter" : {
        "off" : "the test"
      },
      "limits" : {
        "coreDump" : null,
        "cpuTime" : 10,
        "openFiles" : {
          "hard" : 512,
          "soft" : 256
        }
      },
      "namespaces" : {
        "domainName" : "example",
        "hostName" : "box",
        "network" : {
          "host" : "it speaks to a service"
        }
      },
      "scheduling" : {
        "class" : "fifo:10",
        "cpus" : "0-3,6",
        "nice" : 5,
        "oomScoreAdjustment" : -500
      }
    }

    """

  static let policy: Sandbox = {
    var sandbox = Sandbox()
    sandbox.capabilities = .keeping([.netRaw], because: "it pings")
    sandbox.capabilities.bounding.insert(.chown)
    sandbox.capabilities.effective = []
    sandbox.capabilities.secureBits = [.noRoot, .noRootLocked]
    sandbox.credentials.user = "www-data"
    sandbox.credentials.groups = [44, "audio"]
    sandbox.credentials.group = 7
    sandbox.credentials.umask = 0o077
    sandbox.deadline = .milliseconds(1500)
    sandbox.filesystem.mounts = [
      .hostSystem, .proc, .devices, .bind("/srv/work", at: "/work", access: .readWrite), .bind("/opt", ifExists: true),
      .tmpfs(at: "/scratch", size: .gibibytes(1), mode: 0o700), .symlink(at: "/link", to: "/work"), .directory(at: "/empty"),
      .file(at: "/greeting", text: "hello", mode: 0o600),
      .bind(
        Bind(
          "/data", allowsExecution: false, propagation: .slave,
          idMap: BindIDMap(users: [.init(source: 33, inside: 1000, count: 2)], groups: [.init(source: 33, inside: 7)]))),
      .device("/dev/kvm", because: "machines"), .program("/usr/bin/python3"),
      .proc(at: "/processes", subset: .pid, hidepid: .invisible), .messageQueues, .sysfs,
      .masked("/work/secret", ifExists: true), .readOnly("/scratch"),
    ]
    sandbox.filesystem.root = .directory(Bind("/srv/root", access: .readWrite))
    sandbox.filesystem.rootChange = .chroot
    sandbox.filesystem.workingDirectory = "/work"
    sandbox.filter = .off(because: "the test")
    sandbox.limits.coreDump = nil
    sandbox.limits.cpuTime = 10
    sandbox.limits.openFiles = .init(soft: 256, hard: 512)
    sandbox.scheduling.schedulingClass = .fifo(priority: 10)
    sandbox.scheduling.cpus = [0, 1, 2, 3, 6]
    sandbox.scheduling.nice = 5
    sandbox.scheduling.oomScoreAdjustment = -500
    sandbox.namespaces.domainName = "example"
    sandbox.namespaces.hostName = "box"
    sandbox.namespaces.network = .host(because: "it speaks to a service")
    return sandbox
  }()

  @Test func `every part has its form`() throws {
    #expect(String(decoding: try StrictJSON.encode(Self.policy), as: UTF8.self) == Self.golden)
    #expect(try decode(Self.golden) == Self.policy)
  }

  /// What a process enters, written out by hand.
  @Test func `a worker has its form`() throws {
    let stays = (["cgroup", "ipc", "mount", "network", "pid", "time", "user", "uts"]).map {
      "    \"\($0)\" : {\n      \"host\" : \"a worker stays where its process was started\"\n    }"
    }.joined(separator: ",\n")
    let golden = """
      {
        "capabilities" : {
          "effective" : [
            "CAP_NET_BIND_SERVICE"
          ],
          "permitted" : [
            "CAP_NET_BIND_SERVICE"
          ],
          "reason" : "it opens its port again"
        },
        "credentials" : {
          "group" : 7,
          "user" : "www-data"
        },
        "filesystem" : {
          "entryRoot" : {
            "chroot" : {
              "because" : "it opens its port again",
              "to" : "/srv/empty"
            }
          },
          "mounts" : [

          ],
          "workingDirectory" : "/"
        },
        "namespaces" : {
      \(stays)
        }
      }

      """
    let worker = Sandbox.worker(
      root: "/srv/empty", user: "www-data", group: 7, keeping: [.netBindService], because: "it opens its port again")
    #expect(String(decoding: try StrictJSON.encode(worker), as: UTF8.self) == golden)
    #expect(try decode(golden) == worker)
  }

  @Test func `how the root changes has three forms`() throws {
    func entryRoot(_ text: String) throws -> EntryRoot {
      try decode(#"{"filesystem": {"entryRoot": \#(text)}}"#).filesystem.entryRoot
    }
    #expect(try entryRoot(#""pivotRoot""#) == .pivotRoot)
    #expect(try entryRoot(#"{"chroot": {"to": "/srv"}}"#) == .chroot(to: "/srv"))
    #expect(try entryRoot(#"{"unchanged": "it reads all of it"}"#) == .unchanged(because: "it reads all of it"))
    #expect(try decode("{}").filesystem.entryRoot == .pivotRoot)
  }

  @Test(arguments: [
    (#"{"deadlin": "1s"}"#, "deadlin: unknown key \"deadlin\"; did you mean \"deadline\"?"),
    (
      #"{"filesystem": {"mounts": [{"bind": {"sorce": "/x"}}]}}"#,
      "filesystem.mounts[0].bind.sorce: unknown key \"sorce\"; did you mean \"source\"?"
    ),
    (#"{"filesystem": {"mounts": [{"bnid": {}}]}}"#, "filesystem.mounts[0].bnid: unknown key \"bnid\"; did you mean \"bind\"?"),
    (
      #"{"filesystem": {"mounts": ["hostsystem"]}}"#,
      "filesystem.mounts[0]: no kind of mount is \"hostsystem\" alone; did you mean \"hostSystem\"?"
    ),
    (#"{"deadline": "soon"}"#, "deadline: \"soon\" is no duration"),
    (#"{"deadline": 10}"#, "deadline: "),
    (#"{"limits": {"openFile": 1}}"#, "limits.openFile: unknown key \"openFile\"; did you mean \"openFiles\"?"),
    (#"{"limits": {"openFiles": "many"}}"#, "limits.openFiles"),
    (#"{"namespaces": {"network": "shared"}}"#, "namespaces.network: \"shared\" is neither \"own\" nor"),
    (
      #"{"filesystem": {"mounts": [{"tmpfs": {"target": "/a", "size": "big"}}]}}"#,
      "filesystem.mounts[0].tmpfs.size: \"big\" is no size"
    ),
    (#"{"filesystem": {"mounts": [{"tmpfs": {"size": "1MiB"}}]}}"#, "filesystem.mounts[0].tmpfs: it needs a \"target\""),
    (
      #"{"capabilities": {"bounding": ["CAP_CHOWN", "CAP_NET_RW"]}}"#,
      "capabilities.bounding[1]: \"CAP_NET_RW\" is no capability; did you mean \"cap_net_raw\"?"
    ),
    (
      #"{"capabilities": {"secureBits": ["no_root"]}}"#,
      "capabilities.secureBits: \"no_root\" is no securebit; did you mean \"noroot\"?"
    ),
    (
      #"{"scheduling": {"class": "bacth"}}"#,
      "scheduling.class: \"bacth\" is none of other, fifo, rr, batch, idle; did you mean \"batch\"?"
    ),
    (#"{"scheduling": {"cpus": "3-1"}}"#, "scheduling.cpus: \"3-1\" is no list of processors"),
    (#"{"credentials": {"groups": [true]}}"#, "credentials.groups[0]: "),
    (
      #"{"filesystem": {"mounts": [{"symlink": {"target": "/a", "to": "/b", "mode": "0755"}}]}}"#,
      "filesystem.mounts[0].symlink.mode: unknown key \"mode\" (known: target, to)"
    ),
    (#"{"filesystem": {"mounts": [{"symlink": {"target": "/a"}}]}}"#, "filesystem.mounts[0].symlink: it needs a \"to\""),
    (
      #"{"filesystem": {"mounts": [{"directory": {"target": "/a", "text": "b"}}]}}"#,
      "filesystem.mounts[0].directory.text: unknown key \"text\" (known: mode, target)"
    ),
    (
      #"{"filesystem": {"mounts": [{"file": {"target": "/a", "text": "b", "bytes": [99]}}]}}"#,
      "filesystem.mounts[0].file: a file has either \"text\" or \"bytes\""
    ),
    (#"{"filesystem": {"mounts": [{"proc": {"target": "/p", "to": "/"}}]}}"#, "filesystem.mounts[0].proc.to: unknown key"),
    (#"{"filesystem": {"mounts": [{"device": {"source": "/dev/kvm"}}]}}"#, "filesystem.mounts[0].device: it needs a \"because\""),
    (#"{"filesystem": {"root": "tmpfs"}}"#, "filesystem.root: \"tmpfs\" is no root: write \"new\""),
    (#"{"filesystem": {"root": {"directory": {}}}}"#, "filesystem.root.directory: a directory needs a \"source\""),
    (
      #"{"filesystem": {"root": {"directory": {"source": "/a", "target": "/b"}}}}"#,
      "filesystem.root.directory: the root stands at \"/\", and has no \"target\""
    ),
    (
      #"{"filesystem": {"mounts": [{"bind": {"source": "/a", "idMap": {"users": [{"source": 1, "in": 2}]}}}]}}"#,
      "filesystem.mounts[0].bind.idMap.users[0].in: unknown key"
    ),
    (
      #"{"filesystem": {"entryRoot": "chroot"}}"#,
      "filesystem.entryRoot: \"chroot\" alone is no change of the root: \"pivotRoot\""
    ),
    (#"{"filesystem": {"entryRoot": {"chrot": {"to": "/"}}}}"#, "filesystem.entryRoot.chrot: unknown key \"chrot\""),
    (#"{"filesystem": {"entryRoot": {"chroot": {"at": "/"}}}}"#, "filesystem.entryRoot.chroot.at: unknown key \"at\""),
    (#"{"filesystem": {"entryRoot": {"chroot": {}}}}"#, "filesystem.entryRoot.chroot: it needs \"to\""),
    (#"{"credentials": {"umask": "9"}}"#, "credentials.umask: \"9\" is no octal number"),
    (#"{"credentials": {"umask": "+22"}}"#, "credentials.umask: \"+22\" is no octal number"),
    (#"{"credentials": {"umask": "-0"}}"#, "credentials.umask: \"-0\" is no octal number"),
    (
      #"{"filesystem": {"mounts": [{"directory": {"target": "/a", "mode": "+755"}}]}}"#,
      "filesystem.mounts[0].directory.mode: \"+755\" is no octal number"
    ),
  ]) func `a mistake is named, with the nearest right word`(_ text: String, _ message: String) throws {
    let failure = #expect(throws: StrictJSON.Failure.self) { try decode(text) }
    #expect(failure?.description.hasPrefix(message) == true, "\(String(describing: failure))")
  }
}
