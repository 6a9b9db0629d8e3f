package import JSONValues
import Topology

extension DeviceReport {
    /// What pages show of a device beside what the bus shows.
    package var json: JSONValue {
        .members([
            "index": JSONValue(identity.index), "condition": .string(condition.rawValue),
            "serial": identity.serial.map { .string($0) }, "partNumber": identity.partNumber.map { .string($0) },
            "minorNumber": identity.minorNumber.map { JSONValue($0) },
            "moduleID": identity.moduleID.map { JSONValue($0) },
            "architecture": identity.architecture.map { .string($0) },
            "computeCapability": identity.computeCapability.map { .string($0) },
            "readings": condition == .ok ? readings.json : nil,
            "partitions": partitions.isEmpty ? nil : .array(partitions.map(partition)),
            "processes": processes.isEmpty ? nil : .array(processes.map(\.json)),
            "fastLinks": fastLinks?.json, "fabric": fabric?.json, "rack": rackPlace?.json,
            "unanswered": unanswered.isEmpty ? nil : reasons,
        ])
    }

    private var reasons: JSONValue {
        var object = JSONObject()
        for (name, reason) in unanswered.sorted(by: { $0.key < $1.key }) { object[name] = .string(reason) }
        return .object(object)
    }

    private func partition(_ partition: Partition) -> JSONValue {
        .members([
            "uuid": .string(partition.uuid), "olderName": .string(partition.olderName(parent: identity.uuid)),
            "profile": .string(partition.profile), "gpuInstance": JSONValue(partition.gpuInstance),
            "computeInstance": JSONValue(partition.computeInstance), "memoryBytes": .bytes(partition.memoryBytes),
            "usedBytes": partitionUsedBytes[partition.uuid].map { .bytes($0) },
            "multiprocessors": JSONValue(partition.multiprocessors),
        ])
    }
}

extension JSONValue {
    /// A count that may be larger than JSON's integers reach.
    static func bytes(_ count: UInt64) -> JSONValue { JSONValue(Int(clamping: count)) }
}

extension DeviceProcess {
    var json: JSONValue {
        .members(["pid": JSONValue(pid), "memoryBytes": memoryBytes.map { .bytes($0) }, "part": part.json])
    }
}

extension DevicePart {
    /// The numbers of an instance; nil for the whole device.
    var json: JSONValue? {
        switch self {
        case .whole: nil
        case .gpuInstance(let gpu): ["gpuInstance": JSONValue(gpu)]
        case .partition(let gpu, let compute): ["gpuInstance": JSONValue(gpu), "computeInstance": JSONValue(compute)]
        }
    }
}

extension FastLinkPorts {
    var json: JSONValue {
        .members([
            "count": JSONValue(ports.count), "active": JSONValue(ports.count { $0.isActive }),
            "gigabytesPerSecondEach": gigabytesPerSecondEach.map { .double($0) }, "joined": .bool(isJoined),
        ])
    }
}

extension FabricMembership {
    var json: JSONValue {
        .members([
            "cluster": .string(cluster), "clique": JSONValue(Int(clique)), "state": .string("\(state)"),
            "status": JSONValue(status), "domain": domain.map { .string($0) },
            "problems": .array(health.problems.map { .string($0.rawValue) }),
        ])
    }
}

extension RackPlace {
    var json: JSONValue {
        [
            "chassis": .string(chassis), "slot": JSONValue(slot), "tray": JSONValue(tray), "host": JSONValue(host),
            "module": JSONValue(module),
        ]
    }
}
