import CNVML

extension NVMLAnswers {
    /// Everything that changes from second to second.
    mutating func readings(_ fields: inout NVMLFieldBatch) -> DeviceReadings {
        var readings = DeviceReadings()
        readMemory(into: &readings)
        if let rates = structure(NVML.utilisation, nvml_utilization()) {
            readings.utilisationPercent = Int(rates.gpu)
            readings.memoryUtilisationPercent = Int(rates.memory)
        }
        readings.temperatureCelsius = temperature()
        readings.powerWatts = word(NVML.power).map { Double($0) / 1_000 }
        readings.powerLimitWatts = word(NVML.powerLimit).map { Double($0) / 1_000 }
        readings.clockMegahertz = word(NVML.clock, of: 1).map { Int($0) }
        readings.memoryClockMegahertz = word(NVML.clock, of: 2).map { Int($0) }
        readings.clockReasons = long(NVML.clockReasons).map { ClockReasons(rawValue: $0) }
        readings.linkGeneration = word(NVML.linkGeneration).map { Int($0) }
        readings.linkWidth = word(NVML.linkWidth).map { Int($0) }
        readings.linkGenerationMax = word(NVML.linkGenerationMax).map { Int($0) }
        readings.linkWidthMax = word(NVML.linkWidthMax).map { Int($0) }
        fields.read(&self, into: &readings)
        readWithoutFields(&readings)
        let sram = nvml_sram_errors(
            version: nvml_sram_errors_version, aggregate: (0, 0, 0), since_reset: (0, 0, 0), buckets: (0, 0, 0, 0, 0),
            is_threshold_exceeded: 0)
        readings.isSRAMThresholdExceeded = structure(NVML.sramErrors, sram).map { $0.is_threshold_exceeded != 0 }
        return readings
    }

    /// The newer structure tells apart what the driver keeps for itself; the older one counts it as used.
    mutating func memory() -> (total: UInt64, used: UInt64, reserved: UInt64?)? {
        let empty = nvml_memory_v2(version: nvml_memory_v2_version, total: 0, reserved: 0, free: 0, used: 0)
        if let memory = structure(NVML.memory, empty) { return (memory.total, memory.used, memory.reserved) }
        guard let memory = structure(NVML.memoryOlder, nvml_memory_v1()) else { return nil }
        forget(NVML.memory.name)
        return (memory.total, memory.used, nil)
    }

    private mutating func readMemory(into readings: inout DeviceReadings) {
        guard let memory = memory() else { return }
        readings.memoryTotalBytes = memory.total
        readings.memoryUsedBytes = memory.used
        readings.memoryReservedBytes = memory.reserved
    }

    private mutating func temperature() -> Int? {
        let empty = nvml_temperature(version: nvml_temperature_v1_version, sensor: 0, celsius: 0)
        if let reading = structure(NVML.temperature, empty) { return Int(reading.celsius) }
        guard let celsius = word(NVML.temperatureOlder, of: 0) else { return nil }
        forget(NVML.temperature.name)
        return Int(celsius)
    }

    /// Values that a driver without the fields still tells one by one.
    private mutating func readWithoutFields(_ readings: inout DeviceReadings) {
        var rows = (corrected: UInt32(0), uncorrected: UInt32(0), pending: UInt32(0), failed: UInt32(0))
        if readings.remappedRows == nil,
            ask(
                NVML.remappedRows,
                {
                    unsafe $0.call($1.pointer, &rows.corrected, &rows.uncorrected, &rows.pending, &rows.failed)
                })
        {
            readings.remappedRows = RemappedRows(
                corrected: Int(rows.corrected), uncorrected: Int(rows.uncorrected), isPending: rows.pending != 0,
                hasFailed: rows.failed != 0)
        }
        if readings.eccErrors == nil { readings.eccErrors = eccErrors() }
        if readings.isRetirementPending == nil {
            readings.isRetirementPending = word(NVML.retiredPending).map { $0 != 0 }
        }
    }

    private mutating func eccErrors() -> ECCErrors? {
        guard let corrected = errors(corrected: true, sinceReset: true),
            let uncorrected = errors(corrected: false, sinceReset: true)
        else { return nil }
        return ECCErrors(
            corrected: corrected, uncorrected: uncorrected,
            correctedEver: errors(corrected: true, sinceReset: false),
            uncorrectedEver: errors(corrected: false, sinceReset: false))
    }

    private mutating func errors(corrected: Bool, sinceReset: Bool) -> UInt64? {
        var count: UInt64 = 0
        return ask(NVML.eccErrors) {
            unsafe $0.call($1.pointer, corrected ? 0 : 1, sinceReset ? 0 : 1, &count)
        } ? count : nil
    }
}
