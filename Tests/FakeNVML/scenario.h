// What the fake library is told, and the way into every call.
#ifndef FAKE_NVML_SCENARIO_H
#define FAKE_NVML_SCENARIO_H

#include "../../Agent/CNVML/nvml.h"

enum { gpus_max = 16, rules_max = 64, processes_max = 256, events_max = 256, parts_max = 8 };

// The values of a GPU that a scenario can set.
enum key {
    key_total, key_reserved, key_used, key_utilisation, key_memory_utilisation, key_temperature,
    key_memory_temperature, key_power, key_power_limit, key_energy, key_sm_clock, key_memory_clock, key_reasons,
    key_ecc, key_corrected, key_uncorrected, key_remapped_corrected, key_remapped_uncorrected, key_remap_pending,
    key_remap_failed, key_retired_single, key_retired_double, key_retired_pending, key_sram_exceeded, key_generation,
    key_width, key_generation_max, key_width_max, key_replays, key_recovery, key_mig, key_links, key_links_active,
    key_nvlink_version, key_nvlink_speed, key_remote, key_peer, key_fabric_state, key_fabric_status, key_clique,
    key_health, key_summary, key_numa, key_architecture, key_major, key_minor, key_pci_id, key_domain, key_bus,
    key_slot, key_tray, key_module, key_event_types, key_count
};

struct gpu {
    char name[64];
    uint64_t value[key_count];
};

struct rule {
    char symbol[64];
    int code;
    int gpu;
};

struct fake_process {
    int gpu;
    nvml_process process;
};

struct fake_event {
    unsigned long number;
    int gpu;
    uint64_t type, data;
    unsigned gpu_instance, compute_instance;
};

struct scenario {
    int gpu_count;
    struct gpu gpus[gpus_max];
    uint8_t cluster[16];
    char driver[64];
    int is_unloaded;
    unsigned long load;
    struct rule returns[rules_max], versions[rules_max], hangs[rules_max], fields[rules_max];
    int return_count, version_count, hang_count, field_count;
    struct fake_process processes[processes_max];
    int process_count;
    struct fake_event events[events_max];
    int event_count;
};

// A device or an instance of it, out of a handle.
struct target {
    int gpu;
    // -1 for the whole device.
    int part;
};

// The scenario as it is now; hold the lock while using it.
struct scenario *fake_scenario(void);
void fake_lock(void);
void fake_unlock(void);

// Begins a call: 0 with the lock held, or the code to answer at once.
int fake_enter(const char *symbol);
int fake_enter_device(const char *symbol, nvml_device device, struct target *target);
// The highest structure version a call takes.
unsigned fake_version_max(const char *symbol, unsigned otherwise);
// What a field of a GPU answers.
int fake_field_code(unsigned field, int gpu);

nvml_device fake_handle(int gpu, int part);
void fake_initialised(void);
int fake_shut_down(void);
int fake_copy(const char *value, char *text, unsigned length);

#define LEAVE(code) do { int leaving = (code); fake_unlock(); return leaving; } while (0)

#endif
