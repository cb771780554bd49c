internal import CSyscalls

/// `CLONE_NEW*` by the names that the rest of the package gives them; the one table of them.
package enum NamespaceFlag {
  package static let table: [(name: String, flag: UInt64)] = [
    ("user", UInt64(CSYS_CLONE_NEWUSER)),
    ("mount", UInt64(CSYS_CLONE_NEWNS)),
    ("pid", UInt64(CSYS_CLONE_NEWPID)),
    ("network", UInt64(CSYS_CLONE_NEWNET)),
    ("ipc", UInt64(CSYS_CLONE_NEWIPC)),
    ("uts", UInt64(CSYS_CLONE_NEWUTS)),
    ("cgroup", UInt64(CSYS_CLONE_NEWCGROUP)),
    ("time", UInt64(CSYS_CLONE_NEWTIME)),
  ]
}
