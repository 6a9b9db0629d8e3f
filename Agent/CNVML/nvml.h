// The part of NVIDIA's management library that the agent calls: layouts, codes and numbers of its binary interface.
// Nothing here is linked; Hardware opens the library at run time. Sizes and offsets are those of x86_64 and aarch64.
#ifndef MARTLET_CNVML_H
#define MARTLET_CNVML_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

typedef struct nvml_device_tag *nvml_device;
typedef struct nvml_event_set_tag *nvml_event_set;

// What a call answers.
enum {
    nvml_success = 0,
    nvml_uninitialized = 1,
    nvml_invalid_argument = 2,
    nvml_not_supported = 3,
    nvml_no_permission = 4,
    nvml_not_found = 6,
    nvml_insufficient_size = 7,
    nvml_insufficient_power = 8,
    nvml_driver_not_loaded = 9,
    nvml_timeout = 10,
    nvml_irq_issue = 11,
    nvml_library_not_found = 12,
    nvml_function_not_found = 13,
    nvml_corrupted_inforom = 14,
    nvml_gpu_is_lost = 15,
    nvml_reset_required = 16,
    nvml_operating_system = 17,
    nvml_lib_rm_version_mismatch = 18,
    nvml_in_use = 19,
    nvml_memory = 20,
    nvml_no_data = 21,
    nvml_insufficient_resources = 23,
    nvml_argument_version_mismatch = 25,
    nvml_deprecated = 26,
    nvml_not_ready = 27,
    nvml_gpu_not_found = 28,
    nvml_invalid_state = 29,
    nvml_reset_type_not_supported = 30,
    nvml_unknown = 999,
};

// Flags of nvmlInitWithFlags: succeed where no GPU is attached.
enum { nvml_init_no_gpus = 1 };

// Lengths of text that the library writes, with the zero at the end.
enum {
    nvml_name_length = 96,
    nvml_uuid_length = 96,
    nvml_serial_length = 30,
    nvml_part_number_length = 80,
    nvml_version_length = 80,
};

// A structure with a version word holds its own size and its number in it.
#define NVML_VERSION(type, number) ((unsigned)(sizeof(type) | ((unsigned)(number) << 24)))

typedef struct {
    char bus_id_legacy[16];
    unsigned domain;
    unsigned bus;
    unsigned device;
    // The device's number in the high half, the vendor's in the low one.
    unsigned pci_device_id;
    unsigned pci_subsystem_id;
    char bus_id[32];
} nvml_pci_info;
static_assert(sizeof(nvml_pci_info) == 68, "nvmlPciInfo_t");
static_assert(offsetof(nvml_pci_info, pci_device_id) == 28 && offsetof(nvml_pci_info, bus_id) == 36, "nvmlPciInfo_t");

typedef struct {
    uint64_t total;
    uint64_t free;
    // Counts what the driver keeps for itself.
    uint64_t used;
} nvml_memory_v1;
static_assert(sizeof(nvml_memory_v1) == 24, "nvmlMemory_t");

typedef struct {
    unsigned version;
    uint64_t total;
    uint64_t reserved;
    uint64_t free;
    uint64_t used;
} nvml_memory_v2;
static_assert(sizeof(nvml_memory_v2) == 40 && offsetof(nvml_memory_v2, used) == 32, "nvmlMemory_v2_t");
static const unsigned nvml_memory_v2_version = NVML_VERSION(nvml_memory_v2, 2);

typedef struct {
    unsigned gpu;
    unsigned memory;
} nvml_utilization;
static_assert(sizeof(nvml_utilization) == 8, "nvmlUtilization_t");

typedef struct {
    unsigned pid;
    // All ones where the driver does not know.
    uint64_t used_memory;
    unsigned gpu_instance;
    unsigned compute_instance;
} nvml_process;
static_assert(sizeof(nvml_process) == 24 && offsetof(nvml_process, gpu_instance) == 16, "nvmlProcessInfo_t");

typedef struct {
    nvml_device device;
    uint64_t type;
    // The XID where the type is nvml_event_xid.
    uint64_t data;
    // All ones where the event is not of an instance.
    unsigned gpu_instance;
    unsigned compute_instance;
} nvml_event;
static_assert(sizeof(nvml_event) == 32 && offsetof(nvml_event, gpu_instance) == 24, "nvmlEventData_t");

enum {
    nvml_event_single_bit_ecc = 0x1,
    nvml_event_double_bit_ecc = 0x2,
    nvml_event_xid = 0x8,
    nvml_event_mig_configuration = 0x100,
    nvml_event_single_bit_storm = 0x200,
    nvml_event_dram_retirement = 0x400,
    nvml_event_dram_retirement_failure = 0x800,
    nvml_event_poison = 0x1000,
    nvml_event_fatal_poison = 0x2000,
    nvml_event_gpu_unavailable = 0x4000,
    nvml_event_recovery_action = 0x8000,
};

typedef struct {
    unsigned field;
    unsigned scope;
    int64_t timestamp;
    int64_t latency_microseconds;
    unsigned type;
    int result;
    union {
        double real;
        int32_t signed_word;
        uint32_t word;
        uint64_t long_word;
        int64_t signed_long_word;
        uint16_t half_word;
    } value;
} nvml_field;
static_assert(sizeof(nvml_field) == 40 && offsetof(nvml_field, type) == 24, "nvmlFieldValue_t");
static_assert(offsetof(nvml_field, result) == 28 && offsetof(nvml_field, value) == 32, "nvmlFieldValue_t");

// How a field's value is stored.
enum {
    nvml_field_real = 0,
    nvml_field_word = 1,
    nvml_field_long = 2,
    nvml_field_long_long = 3,
    nvml_field_signed_long_long = 4,
    nvml_field_signed_word = 5,
    nvml_field_half_word = 6,
};

// Fields that one batched call reads.
enum {
    nvml_field_ecc_corrected_volatile = 3,
    nvml_field_ecc_uncorrected_volatile = 4,
    nvml_field_ecc_corrected_aggregate = 5,
    nvml_field_ecc_uncorrected_aggregate = 6,
    nvml_field_retired_single_bit = 29,
    nvml_field_retired_double_bit = 30,
    nvml_field_retired_pending = 31,
    nvml_field_memory_temperature = 82,
    nvml_field_energy = 83,
    nvml_field_nvlink_speed = 90,
    nvml_field_pcie_replays = 94,
    nvml_field_remapped_corrected = 142,
    nvml_field_remapped_uncorrected = 143,
    nvml_field_remapped_pending = 144,
    nvml_field_remapped_failed = 145,
    nvml_field_power_average = 185,
    nvml_field_power_instant = 186,
    nvml_field_pcie_sent = 197,
    nvml_field_pcie_received = 198,
    nvml_field_recovery_action = 230,
};

typedef struct {
    unsigned multiprocessors;
    unsigned copy_engines;
    unsigned decoders;
    unsigned encoders;
    unsigned jpeg_engines;
    unsigned optical_flow_engines;
    unsigned gpu_slices;
    unsigned compute_slices;
    uint64_t memory_megabytes;
} nvml_attributes;
static_assert(sizeof(nvml_attributes) == 40 && offsetof(nvml_attributes, memory_megabytes) == 32,
              "nvmlDeviceAttributes_t");

typedef struct {
    uint8_t cluster[16];
    int status;
    unsigned clique;
    uint8_t state;
} nvml_fabric_v1;
static_assert(sizeof(nvml_fabric_v1) == 28 && offsetof(nvml_fabric_v1, state) == 24, "nvmlGpuFabricInfo_t");

typedef struct {
    unsigned version;
    uint8_t cluster[16];
    int status;
    unsigned clique;
    uint8_t state;
    unsigned health;
} nvml_fabric_v2;
static_assert(sizeof(nvml_fabric_v2) == 36 && offsetof(nvml_fabric_v2, health) == 32, "nvmlGpuFabricInfo_v2_t");
static const unsigned nvml_fabric_v2_version = NVML_VERSION(nvml_fabric_v2, 2);

typedef struct {
    unsigned version;
    uint8_t cluster[16];
    int status;
    unsigned clique;
    uint8_t state;
    unsigned health;
    uint8_t summary;
} nvml_fabric_v3;
static_assert(sizeof(nvml_fabric_v3) == 40 && offsetof(nvml_fabric_v3, summary) == 36, "nvmlGpuFabricInfo_v3_t");
static const unsigned nvml_fabric_v3_version = NVML_VERSION(nvml_fabric_v3, 3);

typedef struct {
    unsigned version;
    uint8_t infiniband_guid[16];
    uint8_t chassis_serial[16];
    uint8_t slot;
    uint8_t tray;
    uint8_t host;
    uint8_t peer_type;
    uint8_t module;
} nvml_platform;
static_assert(sizeof(nvml_platform) == 44 && offsetof(nvml_platform, slot) == 36, "nvmlPlatformInfo_v2_t");
static const unsigned nvml_platform_v2_version = NVML_VERSION(nvml_platform, 2);
static const unsigned nvml_platform_v1_version = NVML_VERSION(nvml_platform, 1);

typedef struct {
    unsigned version;
    unsigned sensor;
    int celsius;
} nvml_temperature;
static_assert(sizeof(nvml_temperature) == 12 && offsetof(nvml_temperature, celsius) == 8, "nvmlTemperature_v1_t");
static const unsigned nvml_temperature_v1_version = NVML_VERSION(nvml_temperature, 1);

typedef struct {
    unsigned version;
    uint64_t aggregate[3];
    uint64_t since_reset[3];
    uint64_t buckets[5];
    unsigned is_threshold_exceeded;
} nvml_sram_errors;
static_assert(sizeof(nvml_sram_errors) == 104 && offsetof(nvml_sram_errors, is_threshold_exceeded) == 96,
              "nvmlEccSramErrorStatus_v1_t");
static const unsigned nvml_sram_errors_version = NVML_VERSION(nvml_sram_errors, 1);

// The kinds of function, by what they take.
typedef int (*nvml_call)(void);
typedef int (*nvml_call_flags)(unsigned flags);
typedef int (*nvml_read_system_text)(char *text, unsigned length);
typedef int (*nvml_read_system_number)(int *number);
typedef int (*nvml_read_count)(unsigned *count);
typedef int (*nvml_find_by_index)(unsigned index, nvml_device *device);
typedef int (*nvml_read_text)(nvml_device device, char *text, unsigned length);
typedef int (*nvml_read_word)(nvml_device device, unsigned *word);
typedef int (*nvml_read_long)(nvml_device device, uint64_t *value);
typedef int (*nvml_read_pair)(nvml_device device, int *first, int *second);
typedef int (*nvml_read_words)(nvml_device device, unsigned *first, unsigned *second);
typedef int (*nvml_read_four)(nvml_device device, unsigned *a, unsigned *b, unsigned *c, unsigned *d);
typedef int (*nvml_read_word_of)(nvml_device device, unsigned which, unsigned *word);
typedef int (*nvml_read_structure)(nvml_device device, void *structure);
typedef int (*nvml_read_structure_of)(nvml_device device, unsigned which, void *structure);
typedef int (*nvml_read_processes)(nvml_device device, unsigned *count, nvml_process *processes);
typedef int (*nvml_read_node_set)(nvml_device device, unsigned count, unsigned long *set, unsigned scope);
typedef int (*nvml_read_errors)(nvml_device device, unsigned error, unsigned counter, uint64_t *count);
typedef int (*nvml_read_fields)(nvml_device device, int count, nvml_field *fields);
typedef int (*nvml_compare)(nvml_device device, nvml_device other, unsigned *result);
typedef int (*nvml_compare_in)(nvml_device device, nvml_device other, unsigned which, unsigned *result);
typedef int (*nvml_find_part)(nvml_device device, unsigned index, nvml_device *part);
typedef int (*nvml_make_event_set)(nvml_event_set *set);
typedef int (*nvml_register_events)(nvml_device device, uint64_t types, nvml_event_set set);
typedef int (*nvml_wait_for_event)(nvml_event_set set, nvml_event *event, unsigned milliseconds);
typedef int (*nvml_free_event_set)(nvml_event_set set);

#endif
