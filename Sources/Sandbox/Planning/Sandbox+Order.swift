internal import SandboxPlanning

extension Sandbox {
  /// The order of a plan: a line a phase, and above it why it cannot move. Within a phase, steps keep the order in which
  /// their mechanism gave them.
  static let order: [(stage: Stage, phase: Phase)] = [
    // The launcher's descriptors on their way to the host count against this limit, together with all that payloads of the
    // same user have on their way; so it is above any jail's (ETOOMANYREFS).
    (.launcher, .raiseOpenFiles),
    // What the kernel grants only to the rights that this process's own user namespace gives it: a jail's count for nothing.
    (.launcher, .raiseLimits),
    (.launcher, .prioritize),
    // With the host's rights, while there are any: sources that only root can open, and idmapped mounts of them.
    (.launcher, .openHostSources),
    // All of them are found before any is entered: in another one a path may lead elsewhere.
    (.launcher, .openNamespaces),
    // With the host's rights, which end with the jail's own user namespace.
    (.launcher, .joinNamespaces),
    // The last thing that needs the host's rights: the maps are written from outside.
    (.launcher, .cloneJail),

    // The offsets of a time namespace can be written until the first process is born in it: the payload.
    (.jail, .enterTime),
    // Beside the launcher, which writes the maps: nothing of this needs them.
    // While an ordinary user's mounts still receive what the host mounts later.
    (.jail, .openReceivingSources),
    // The mount namespace is the jail's own from its birth on, but its mounts propagate to the host until this.
    (.jail, .makeMountsPrivate),
    (.jail, .nameHost),
    (.jail, .raiseLoopback),
    (.jail, .waitForMaps),
    // While root is still who pays for it, where root spawns: any other user's quota is 200 keys, and so 200 jails.
    (.jail, .newSessionKeyring),
    // In the host's user namespace alone: else a change of user would take what the rest is built by.
    (.jail, .keepCapabilities),
    // Before the uid, a change of which may give up the right to set them.
    (.jail, .setGroups),
    // Before the first file is made: one of an unmapped owner cannot be (EOVERFLOW).
    (.jail, .become),
    // After the credentials, each change of which resets it; before there is anything of the payload's that could look.
    (.jail, .forbidDumping),
    // While the host's tree is what paths lead to: the new root covers it.
    (.jail, .openOwnSources),
    (.jail, .newRoot),
    // While the launcher's procfs is to be seen: without one, a user namespace gets no procfs of its own (EPERM).
    (.jail, .newFilesystems),
    // To where it is not, and what is the jail's own there.
    (.jail, .makeMounts),
    // A jail of a prepared sandbox is born in its root; in the copy of the mounts that it keeps.
    (.jail, .openRoot),
    (.jail, .mount),
    // Through a procfs of the jail's own, before its sys becomes read-only.
    (.jail, .limitNamespace),
    // What covers parts of a mount comes after the mount.
    (.jail, .mask),
    // Its devpts is mounted; the way to the host is still open.
    (.jail, .openTerminal),
    // After the last mount; it takes CAP_SYS_ADMIN, so before the capabilities go.
    (.jail, .enterRoot),
    // Where no root was built, by the path that the host has: while CAP_SYS_CHROOT is held.
    (.jail, .changeRoot),
    // Of the root as jails shall see it.
    (.jail, .divideMounts),
    // Of a jail that lives already: by the program alone, so that its supervisor stays where the jail cannot see it. Takes
    // CAP_SYS_ADMIN.
    (.jail, .joinProcesses),
    // While CAP_SETPCAP is held.
    (.jail, .limitBoundingSet),
    // While everything is permitted, and before the securebits, which may forbid it.
    (.jail, .raiseAmbientSet),
    (.jail, .setSecureBits),
    // Nothing after this needs one; what the payload keeps, it inherits from here.
    (.jail, .emptyCapabilitySets),
    (.jail, .setNoNewPrivileges),
    // The launcher of a prepared sandbox goes no further.
    (.jail, .park),
    // But for what it makes again and again.
    (.jail, .makeMountsAhead),
    // Before there is anybody who could leave some.
    (.jail, .adoptOrphans),
    (.jail, .startPayload),

    // What its init keeps for itself: before anything else of the payload.
    (.payload, .emptyPayloadCapabilitySets),
    // Before the terminal, which only a session's leader can take; before anything that could be signalled by group.
    (.payload, .newSession),
    (.payload, .takeTerminal),
    // Everything undeclared is closed here (CVE-2024-21626); before the limits, which may allow fewer than it moves about.
    (.payload, .installDescriptors),
    (.payload, .limitResources),
    // The payload alone: an init that waits for a turn as an idle process does could not end it in time.
    (.payload, .schedule),
    (.payload, .setUmask),
    // Inside the new root, as the payload's user: what it may not enter, it does not start in.
    (.payload, .changeDirectory),
    // Last but the program: each earlier step may use a call that the filter refuses.
    (.payload, .loadFilter),
    (.payload, .execute),

    // The payload has its own since its birth.
    (.initProcess, .emptyInitCapabilitySets),
    // When the payload runs: the init needs only a handful of calls from here on.
    (.initProcess, .loadInitFilter),
  ]

  /// The order of a plan for this process itself: what a thread has of its own is done on all of them.
  static let entryOrder: [(stage: Stage, phase: Phase)] = [
    // While CAP_SYS_RESOURCE of the host is held.
    (.enter, .raiseLimits),
    // Before the user namespace, which nobody outside is there to map: what writes its own map can map nobody but itself, and
    // that must not be root.
    (.enter, .leaveRoot),
    (.enter, .unshare),
    // At once, since until then the process is nobody in it.
    (.enter, .writeMaps),
    // The offsets of a time namespace can be written until a process is in it.
    (.enter, .enterTime),
    (.enter, .makeMountsPrivate),
    (.enter, .nameHost),
    (.enter, .raiseLoopback),
    (.enter, .newSessionKeyring),
    // Before the first file is made: one of an unmapped owner cannot be (EOVERFLOW).
    (.enter, .becomeInside),
    // While the host's tree is what paths lead to.
    (.enter, .openOwnSources),
    (.enter, .newRoot),
    (.enter, .newFilesystems),
    (.enter, .mount),
    // Through the host's procfs, by a descriptor: the namespaces are this process's own.
    (.enter, .limitNamespace),
    (.enter, .mask),
    // After the last mount; it takes CAP_SYS_ADMIN.
    (.enter, .enterRoot),
    // While CAP_SYS_CHROOT is held, and the host's tree is what the path leads through.
    (.enter, .changeRoot),
    // After the last path that is opened from outside; before the limits, which may allow fewer.
    (.enter, .keepDescriptors),
    // While CAP_SETPCAP is held, which a change of user may take.
    (.enter, .limitBoundingSet),
    // So that it does not take it.
    (.enter, .keepCapabilities),
    // Before the uid, a change of which may give up the right to set them.
    (.enter, .setGroups),
    (.enter, .become),
    // While everything is permitted, and before the securebits, which may forbid it.
    (.enter, .raiseAmbientSet),
    (.enter, .setSecureBits),
    (.enter, .emptyCapabilitySets),
    // After the credentials, each change of which resets it.
    (.enter, .forbidDumping),
    // Before the filter, which takes it or CAP_SYS_ADMIN.
    (.enter, .setNoNewPrivileges),
    (.enter, .setUmask),
    // As the user that it then is: what that may not enter, the process does not stay in.
    (.enter, .changeDirectory),
    // All threads are looked at before these: with fewer descriptors, or fewer calls, they could not be.
    (.enter, .limitResources),
    // Last: each earlier step may use a call that it refuses.
    (.enter, .loadFilter),
    (.enter, .execute),
  ]
}
