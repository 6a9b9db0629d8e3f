package import JSONValues

/// How far a container is kept apart from the machine.
package enum Isolation: String, Sendable, CaseIterable {
    /// A mount namespace of its own: volumes and `/etc/hosts` appear where the manifest says. Needs the right to mount.
    case mounts
    /// The same inside a user namespace, for an unprivileged user.
    case user
    /// The machine's file system as it is.
    case none
}

/// What a shim runs: the program, its environment, and the file system it sees.
package struct LaunchPlan: Sendable, Hashable {
    /// One path of the machine that appears elsewhere in the container.
    package struct Mount: Sendable, Hashable {
        package var source: String
        package var target: String
        package var isReadOnly: Bool

        package init(source: String, target: String, isReadOnly: Bool) {
            self.source = source
            self.target = target
            self.isReadOnly = isReadOnly
        }
    }

    /// The program, searched in the environment's PATH unless it holds a slash, and its arguments.
    package var arguments: [String]
    /// All of the environment; nothing is inherited.
    package var environment: [String: String]
    package var workingDirectory: String
    package var isolation: Isolation
    package var mounts: [Mount]
    package var hostname: String
    /// Size at which the log file moves aside for a new one, bytes; the one before it is dropped.
    package var logBytesMax: Int
    /// Failed runs in a row before this one, kept here so that back-off survives a restart of the agent.
    package var failures: Int

    package init(
        arguments: [String], environment: [String: String], workingDirectory: String, isolation: Isolation,
        mounts: [Mount], hostname: String, logBytesMax: Int = 10 << 20, failures: Int = 0
    ) {
        self.arguments = arguments
        self.environment = environment
        self.workingDirectory = workingDirectory
        self.isolation = isolation
        self.mounts = mounts
        self.hostname = hostname
        self.logBytesMax = logBytesMax
        self.failures = failures
    }

    package init?(_ json: JSONValue) {
        guard let arguments = json["arguments"]?.array?.compactMap(\.string), !arguments.isEmpty,
            let isolation = Isolation(rawValue: json["isolation"]?.string ?? "")
        else { return nil }
        self.arguments = arguments
        self.isolation = isolation
        environment = json["environment"]?.stringMap ?? [:]
        workingDirectory = json["workingDirectory"]?.string ?? "/"
        hostname = json["hostname"]?.string ?? ""
        logBytesMax = json["logBytesMax"]?.integer ?? 10 << 20
        failures = json["failures"]?.integer ?? 0
        mounts = (json["mounts"]?.elements ?? []).compactMap { mount in
            guard let source = mount["source"]?.string, let target = mount["target"]?.string else { return nil }
            return Mount(source: source, target: target, isReadOnly: mount["readOnly"]?.bool ?? false)
        }
    }

    package var json: JSONValue {
        [
            "arguments": .array(arguments.map { .string($0) }),
            "environment": .strings(environment),
            "workingDirectory": .string(workingDirectory),
            "isolation": .string(isolation.rawValue),
            "mounts": .array(
                mounts.map { mount in
                    [
                        "source": .string(mount.source), "target": .string(mount.target),
                        "readOnly": .bool(mount.isReadOnly),
                    ]
                }),
            "hostname": .string(hostname),
            "logBytesMax": JSONValue(logBytesMax),
            "failures": JSONValue(failures),
        ]
    }
}
