import JSONValues

extension DeviceReadings {
    /// Only what the device says; the units stand in the names.
    var json: JSONValue {
        var object = JSONObject()
        func whole(_ name: String, _ value: Int?) { object[name] = value.map { JSONValue($0) } }
        func real(_ name: String, _ value: Double?) { object[name] = value.map { .double($0) } }
        func long(_ name: String, _ value: UInt64?) { object[name] = value.map { .bytes($0) } }
        func flag(_ name: String, _ value: Bool?) { object[name] = value.map { .bool($0) } }
        long("memoryTotalBytes", memoryTotalBytes)
        long("memoryUsedBytes", memoryUsedBytes)
        long("memoryReservedBytes", memoryReservedBytes)
        whole("utilisationPercent", utilisationPercent)
        whole("memoryUtilisationPercent", memoryUtilisationPercent)
        whole("temperatureCelsius", temperatureCelsius)
        whole("memoryTemperatureCelsius", memoryTemperatureCelsius)
        real("powerWatts", powerWatts)
        real("powerLimitWatts", powerLimitWatts)
        real("energyJoules", energyJoules)
        whole("clockMegahertz", clockMegahertz)
        whole("memoryClockMegahertz", memoryClockMegahertz)
        object["clockReasons"] = clockReasons.map { .array($0.names.map { .string($0) }) }
        whole("linkGeneration", linkGeneration)
        whole("linkGenerationMax", linkGenerationMax)
        whole("linkWidth", linkWidth)
        whole("linkWidthMax", linkWidthMax)
        long("linkReplays", linkReplays)
        long("linkSentBytes", linkSentBytes)
        long("linkReceivedBytes", linkReceivedBytes)
        long("eccCorrected", eccErrors?.corrected)
        long("eccUncorrected", eccErrors?.uncorrected)
        long("eccCorrectedEver", eccErrors?.correctedEver)
        long("eccUncorrectedEver", eccErrors?.uncorrectedEver)
        whole("rowsRemappedCorrected", remappedRows?.corrected)
        whole("rowsRemappedUncorrected", remappedRows?.uncorrected)
        flag("rowRemapPending", remappedRows?.isPending)
        flag("rowRemapFailed", remappedRows?.hasFailed)
        whole("retiredPages", retiredPages)
        flag("retirementPending", isRetirementPending)
        flag("sramThresholdExceeded", isSRAMThresholdExceeded)
        object["recoveryAction"] = recoveryAction.map { .string("\($0)") }
        return .object(object)
    }
}
