// What changes from second to second.
#include "scenario.h"

#include <string.h>

#define ENTER_DEVICE() \
    struct target target; \
    do { int entered = fake_enter_device(__func__, device, &target); if (entered) return entered; } while (0); \
    struct gpu *gpu = &fake_scenario()->gpus[target.gpu]; (void)gpu

// A call that reads one word of a whole device.
#define WORD(symbol, key) \
    int symbol(nvml_device device, unsigned *word) { \
        ENTER_DEVICE(); \
        if (target.part >= 0) LEAVE(nvml_not_supported); \
        *word = (unsigned)gpu->value[key]; \
        LEAVE(nvml_success); \
    }

WORD(nvmlDeviceGetCurrPcieLinkGeneration, key_generation)
WORD(nvmlDeviceGetCurrPcieLinkWidth, key_width)
WORD(nvmlDeviceGetMaxPcieLinkGeneration, key_generation_max)
WORD(nvmlDeviceGetMaxPcieLinkWidth, key_width_max)
WORD(nvmlDeviceGetPowerUsage, key_power)
WORD(nvmlDeviceGetEnforcedPowerLimit, key_power_limit)
WORD(nvmlDeviceGetRetiredPagesPendingStatus, key_retired_pending)

static uint64_t total(struct gpu *gpu, struct target target) {
    return target.part < 0 ? gpu->value[key_total] : gpu->value[key_total] / parts_max;
}

static uint64_t used(struct gpu *gpu, struct target target) {
    return target.part < 0 ? gpu->value[key_used] : (uint64_t)(target.part + 1) << 20;
}

int nvmlDeviceGetMemoryInfo(nvml_device device, void *structure) {
    ENTER_DEVICE();
    uint64_t taken = used(gpu, target) + gpu->value[key_reserved];
    *(nvml_memory_v1 *)structure = (nvml_memory_v1){total(gpu, target), total(gpu, target) - taken, taken};
    LEAVE(nvml_success);
}

int nvmlDeviceGetMemoryInfo_v2(nvml_device device, void *structure) {
    ENTER_DEVICE();
    nvml_memory_v2 *info = structure;
    if (info->version != nvml_memory_v2_version || fake_version_max(__func__, 2) < 2) {
        LEAVE(nvml_argument_version_mismatch);
    }
    info->total = total(gpu, target);
    info->reserved = gpu->value[key_reserved];
    info->used = used(gpu, target);
    info->free = info->total - info->reserved - info->used;
    LEAVE(nvml_success);
}

int nvmlDeviceGetUtilizationRates(nvml_device device, void *structure) {
    ENTER_DEVICE();
    if (target.part >= 0 || gpu->value[key_mig]) LEAVE(nvml_not_supported);
    *(nvml_utilization *)structure = (nvml_utilization){
        (unsigned)gpu->value[key_utilisation], (unsigned)gpu->value[key_memory_utilisation]};
    LEAVE(nvml_success);
}

int nvmlDeviceGetTemperatureV(nvml_device device, void *structure) {
    ENTER_DEVICE();
    nvml_temperature *reading = structure;
    if (reading->version != nvml_temperature_v1_version || fake_version_max(__func__, 1) < 1) {
        LEAVE(nvml_argument_version_mismatch);
    }
    reading->celsius = (int)gpu->value[key_temperature];
    LEAVE(nvml_success);
}

int nvmlDeviceGetTemperature(nvml_device device, unsigned sensor, unsigned *celsius) {
    ENTER_DEVICE();
    if (sensor) LEAVE(nvml_invalid_argument);
    *celsius = (unsigned)gpu->value[key_temperature];
    LEAVE(nvml_success);
}

int nvmlDeviceGetClockInfo(nvml_device device, unsigned clock, unsigned *megahertz) {
    ENTER_DEVICE();
    *megahertz = (unsigned)gpu->value[clock == 2 ? key_memory_clock : key_sm_clock];
    LEAVE(nvml_success);
}

int nvmlDeviceGetCurrentClocksEventReasons(nvml_device device, uint64_t *reasons) {
    ENTER_DEVICE();
    *reasons = gpu->value[key_reasons];
    LEAVE(nvml_success);
}

int nvmlDeviceGetCurrentClocksThrottleReasons(nvml_device device, uint64_t *reasons) {
    ENTER_DEVICE();
    *reasons = gpu->value[key_reasons];
    LEAVE(nvml_success);
}

int nvmlDeviceGetEccMode(nvml_device device, unsigned *current, unsigned *pending) {
    ENTER_DEVICE();
    *current = *pending = (unsigned)gpu->value[key_ecc];
    LEAVE(nvml_success);
}

int nvmlDeviceGetTotalEccErrors(nvml_device device, unsigned error, unsigned counter, uint64_t *count) {
    ENTER_DEVICE();
    (void)counter;
    if (!gpu->value[key_ecc]) LEAVE(nvml_not_supported);
    *count = gpu->value[error ? key_uncorrected : key_corrected];
    LEAVE(nvml_success);
}

int nvmlDeviceGetSramEccErrorStatus(nvml_device device, void *structure) {
    ENTER_DEVICE();
    nvml_sram_errors *errors = structure;
    if (errors->version != nvml_sram_errors_version || fake_version_max(__func__, 1) < 1) {
        LEAVE(nvml_argument_version_mismatch);
    }
    errors->is_threshold_exceeded = (unsigned)gpu->value[key_sram_exceeded];
    LEAVE(nvml_success);
}

int nvmlDeviceGetRemappedRows(nvml_device device, unsigned *corrected, unsigned *uncorrected, unsigned *pending,
                              unsigned *failed) {
    ENTER_DEVICE();
    *corrected = (unsigned)gpu->value[key_remapped_corrected];
    *uncorrected = (unsigned)gpu->value[key_remapped_uncorrected];
    *pending = (unsigned)gpu->value[key_remap_pending];
    *failed = (unsigned)gpu->value[key_remap_failed];
    LEAVE(nvml_success);
}

int nvmlDeviceGetComputeRunningProcesses_v3(nvml_device device, unsigned *count, nvml_process *processes) {
    ENTER_DEVICE();
    struct scenario *scenario = fake_scenario();
    unsigned room = *count, found = 0;
    for (int index = 0; index < scenario->process_count; index++) {
        if (scenario->processes[index].gpu != target.gpu) continue;
        if (found < room) processes[found] = scenario->processes[index].process;
        found++;
    }
    *count = found;
    LEAVE(found > room ? nvml_insufficient_size : nvml_success);
}

// The key of each field, and whether the library stores it in eight bytes.
static const struct { unsigned field; enum key key; int is_long; } field_keys[] = {
    {nvml_field_ecc_corrected_volatile, key_corrected, 1},
    {nvml_field_ecc_uncorrected_volatile, key_uncorrected, 1},
    {nvml_field_ecc_corrected_aggregate, key_corrected, 1},
    {nvml_field_ecc_uncorrected_aggregate, key_uncorrected, 1},
    {nvml_field_retired_single_bit, key_retired_single, 1},
    {nvml_field_retired_double_bit, key_retired_double, 1},
    {nvml_field_retired_pending, key_retired_pending, 0},
    {nvml_field_memory_temperature, key_memory_temperature, 0},
    {nvml_field_energy, key_energy, 1},
    {nvml_field_nvlink_speed, key_nvlink_speed, 0},
    {nvml_field_pcie_replays, key_replays, 0},
    {nvml_field_remapped_corrected, key_remapped_corrected, 0},
    {nvml_field_remapped_uncorrected, key_remapped_uncorrected, 0},
    {nvml_field_remapped_pending, key_remap_pending, 0},
    {nvml_field_remapped_failed, key_remap_failed, 0},
    {nvml_field_power_average, key_power, 0},
    {nvml_field_power_instant, key_power, 0},
    {nvml_field_recovery_action, key_recovery, 0},
};

static void read_field(nvml_field *field, struct gpu *gpu, int index) {
    field->result = fake_field_code(field->field, index);
    if (field->result) return;
    field->result = nvml_not_supported;
    for (unsigned row = 0; row < sizeof field_keys / sizeof *field_keys; row++) {
        if (field_keys[row].field != field->field) continue;
        field->result = nvml_success;
        field->type = field_keys[row].is_long ? nvml_field_long_long : nvml_field_word;
        // The bytes that a shorter value leaves are whatever they were.
        field->value.long_word = 0xDEADBEEFDEADBEEFull;
        if (field_keys[row].is_long) field->value.long_word = gpu->value[field_keys[row].key];
        else field->value.word = (uint32_t)gpu->value[field_keys[row].key];
    }
}

int nvmlDeviceGetFieldValues(nvml_device device, int count, nvml_field *fields) {
    ENTER_DEVICE();
    for (int index = 0; index < count; index++) read_field(&fields[index], gpu, target.gpu);
    LEAVE(nvml_success);
}
