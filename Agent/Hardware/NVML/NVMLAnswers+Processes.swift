import CNVML

extension NVMLAnswers {
    /// More processes on one GPU are not told.
    static let processesMax = 1_024

    /// The processes that compute on the device; `buffer` is used again and grows as needed.
    mutating func processes(_ buffer: inout [nvml_process]) -> [DeviceProcess] {
        while true {
            var count = UInt32(buffer.count)
            let code = code(NVML.processes) { unsafe $0.call($1.pointer, &count, &buffer) }
            if code.code == nvml_insufficient_size, buffer.count < Self.processesMax {
                let room = min(max(Int(count), buffer.count * 2), Self.processesMax)
                buffer = Array(repeating: nvml_process(), count: room)
                continue
            }
            guard code.meaning == .ok || code.code == nvml_insufficient_size else {
                note(NVML.processes.name, code)
                return []
            }
            return buffer.prefix(min(Int(count), buffer.count)).map(Self.process)
        }
    }

    private static func process(_ entry: nvml_process) -> DeviceProcess {
        DeviceProcess(
            pid: Int(entry.pid), memoryBytes: entry.used_memory == .max ? nil : entry.used_memory,
            part: DevicePart(gpuInstance: entry.gpu_instance, computeInstance: entry.compute_instance))
    }
}
