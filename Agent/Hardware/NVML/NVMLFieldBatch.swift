import CNVML

/// The fields that one call reads for each sample, in a buffer that is used again.
struct NVMLFieldBatch {
    private static let ids: [Int] = [
        nvml_field_ecc_corrected_volatile, nvml_field_ecc_uncorrected_volatile, nvml_field_ecc_corrected_aggregate,
        nvml_field_ecc_uncorrected_aggregate, nvml_field_retired_single_bit, nvml_field_retired_double_bit,
        nvml_field_retired_pending, nvml_field_memory_temperature, nvml_field_energy, nvml_field_pcie_replays,
        nvml_field_remapped_corrected, nvml_field_remapped_uncorrected, nvml_field_remapped_pending,
        nvml_field_remapped_failed, nvml_field_power_instant, nvml_field_pcie_sent, nvml_field_pcie_received,
        nvml_field_recovery_action, nvml_field_nvlink_speed,
    ]

    private var fields: [nvml_field]

    init() {
        fields = Self.ids.map { id in
            var field = nvml_field()
            field.field = UInt32(id)
            return field
        }
    }

    mutating func read(_ answers: inout NVMLAnswers, into readings: inout DeviceReadings) {
        let count = Int32(fields.count)
        // An older library leaves fields alone that it does not know.
        for index in fields.indices { fields[index].result = Int32(nvml_not_supported) }
        guard answers.ask(NVML.fields, { unsafe $0.call($1.pointer, count, &fields) }) else { return }
        for field in fields where field.result != nvml_success {
            answers.note("field \(field.field)", NVMLReturn(field.result))
        }
        readErrors(into: &readings)
        readings.memoryTemperatureCelsius = value(nvml_field_memory_temperature).map { Int($0) }
        readings.energyJoules = value(nvml_field_energy).map { Double($0) / 1_000 }
        readings.linkReplays = value(nvml_field_pcie_replays)
        readings.linkSentBytes = value(nvml_field_pcie_sent)
        readings.linkReceivedBytes = value(nvml_field_pcie_received)
        if readings.powerWatts == nil {
            readings.powerWatts = value(nvml_field_power_instant).map { Double($0) / 1_000 }
        }
        readings.recoveryAction = value(nvml_field_recovery_action).flatMap { RecoveryAction(rawValue: Int($0)) }
        readings.fastLinkGigabytesPerSecond = value(nvml_field_nvlink_speed).flatMap {
            $0 > 0 ? Double($0) / 1_000 : nil
        }
    }

    private func readErrors(into readings: inout DeviceReadings) {
        if let corrected = value(nvml_field_ecc_corrected_volatile),
            let uncorrected = value(nvml_field_ecc_uncorrected_volatile)
        {
            readings.eccErrors = ECCErrors(
                corrected: corrected, uncorrected: uncorrected,
                correctedEver: value(nvml_field_ecc_corrected_aggregate),
                uncorrectedEver: value(nvml_field_ecc_uncorrected_aggregate))
        }
        if let corrected = value(nvml_field_remapped_corrected),
            let uncorrected = value(nvml_field_remapped_uncorrected)
        {
            readings.remappedRows = RemappedRows(
                corrected: Int(corrected), uncorrected: Int(uncorrected),
                isPending: value(nvml_field_remapped_pending) ?? 0 != 0,
                hasFailed: value(nvml_field_remapped_failed) ?? 0 != 0)
        }
        readings.retiredPages = value(nvml_field_retired_single_bit).flatMap { single in
            value(nvml_field_retired_double_bit).map { Int(single + $0) }
        }
        readings.isRetirementPending = value(nvml_field_retired_pending).map { $0 != 0 }
    }

    /// A field's value in the width it is stored in; the bytes beyond are nobody's.
    private func value(_ id: Int) -> UInt64? {
        guard let field = fields.first(where: { $0.field == id }), field.result == nvml_success else { return nil }
        switch Int(field.type) {
        case nvml_field_real:
            let real = unsafe field.value.real
            return real.isFinite && real >= 0 && real < 1e18 ? UInt64(real) : nil
        case nvml_field_word: return UInt64(unsafe field.value.word)
        case nvml_field_long, nvml_field_long_long: return unsafe field.value.long_word
        case nvml_field_signed_long_long: return UInt64(exactly: unsafe field.value.signed_long_word)
        case nvml_field_signed_word: return UInt64(exactly: unsafe field.value.signed_word)
        case nvml_field_half_word: return UInt64(unsafe field.value.half_word)
        default: return nil
        }
    }
}
