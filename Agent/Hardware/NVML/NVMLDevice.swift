import CNVML
import Topology

/// One GPU of an opened library: its handle, and what is known of it.
struct NVMLDevice {
    let handle: NVMLHandle
    let identity: DeviceIdentity
    var condition = DeviceCondition.ok
    var readings = DeviceReadings()
    var parts: [NVMLPart] = []
    var partUsedBytes: [String: UInt64] = [:]
    var processes: [DeviceProcess] = []
    var fastLinks: FastLinkPorts?
    var fabric: FabricMembership?
    var rackPlace: RackPlace?
    private var unanswered: [String: NVMLReturn] = [:]
    private var unansweredFacts: [String: NVMLReturn] = [:]

    init(handle: NVMLHandle, identity: DeviceIdentity, unanswered: [String: NVMLReturn]) {
        self.handle = handle
        self.identity = identity
        unansweredFacts = unanswered
    }

    /// Whether a part of it no longer answers: the device has been cut anew.
    private(set) var hasOldParts = false

    /// Reads what changes from second to second; the answer that ended it, where one did.
    mutating func sample(
        _ functions: NVMLFunctions, _ fields: inout NVMLFieldBatch, _ buffer: inout [nvml_process]
    ) -> NVMLReturn? {
        var answers = NVMLAnswers(functions, handle)
        readings = answers.readings(&fields)
        processes = answers.processes(&buffer)
        hasOldParts = false
        partUsedBytes.removeAll(keepingCapacity: true)
        for part in parts {
            var ofPart = NVMLAnswers(functions, part.handle)
            if let memory = ofPart.memory() {
                partUsedBytes[part.partition.uuid] = memory.used
            } else {
                hasOldParts = true
            }
            answers.take(ofPart)
        }
        unanswered = answers.unanswered
        condition = Self.condition(answers)
        if condition != .ok {
            readings = DeviceReadings()
            processes = []
        }
        if answers.isAllUnknown { return .unknown }
        return answers.end
    }

    private static func condition(_ answers: NVMLAnswers) -> DeviceCondition {
        if let end = answers.end {
            guard end.meaning == .deviceLost else { return .unknown }
            return end.code == nvml_reset_required ? .resetRequired : .lost
        }
        if answers.isBlocked { return .blocked }
        return answers.isAllUnknown ? .lost : .ok
    }

    /// Reads what seldom changes: parts, links, fabric.
    mutating func refresh(_ functions: NVMLFunctions, addresses: Set<String>) {
        var answers = NVMLAnswers(functions, handle)
        fabric = answers.fabric()
        rackPlace = answers.rackPlace()
        parts = answers.partitions(deviceMemoryBytes: readings.memoryTotalBytes ?? 0)
        // A GPU that is cut into parts has no links to others.
        let isJoined = parts.isEmpty && fabric?.isUsable ?? true
        fastLinks = answers.fastLinks(address: identity.address, devices: addresses, isJoined: isJoined)
        if let speed = readings.fastLinkGigabytesPerSecond { fastLinks?.gigabytesPerSecondEach = speed }
        unansweredFacts.merge(answers.unanswered) { _, new in new }
    }

    /// What is told of it.
    var report: DeviceReport {
        var report = DeviceReport(identity: identity, condition: condition)
        report.readings = readings
        report.partitions = parts.map(\.partition)
        report.partitionUsedBytes = partUsedBytes
        report.processes = processes
        report.fastLinks = fastLinks
        report.fabric = fabric
        report.rackPlace = rackPlace
        report.unanswered = unansweredFacts.merging(unanswered) { _, new in new }.mapValues(\.description)
        return report
    }
}
