#include "scenario.h"

#include <stdio.h>
#include <string.h>

#define MIB (1024ull * 1024)

// What one kind of machine is made of.
struct shape {
    const char *name, *gpu;
    int count;
    uint64_t memory_mib, pci_id, architecture, major;
    uint64_t links, nvlink_version, nvlink_speed, fabric_state;
    const uint8_t *buses, *nodes;
};

static const uint8_t a100_buses[] = {0x07, 0x0f, 0x47, 0x4e, 0x87, 0x90, 0xb7, 0xbd};
static const uint8_t a100_nodes[] = {3, 3, 1, 1, 7, 7, 5, 5};
static const uint8_t h100_buses[] = {0x1b, 0x43, 0x52, 0x61, 0x9d, 0xc3, 0xd1, 0xdf};
static const uint8_t two_sockets[] = {0, 0, 0, 0, 1, 1, 1, 1};
static const uint8_t tray_buses[] = {1, 1, 1, 1};
static const uint8_t tray_nodes[] = {0, 0, 1, 1};
static const uint8_t card_buses[] = {0x17, 0x31, 0x98, 0xb1};

static const struct shape shapes[] = {
    {"dgx-a100", "NVIDIA A100-SXM4-80GB", 8, 81920, 0x20b210de, 7, 8, 12, 3, 25000, 0, a100_buses, a100_nodes},
    {"dgx-h100", "NVIDIA H100 80GB HBM3", 8, 81559, 0x233010de, 9, 9, 18, 4, 26562, 3, h100_buses, two_sockets},
    {"dgx-h200", "NVIDIA H200", 8, 143771, 0x233510de, 9, 9, 18, 4, 26562, 3, h100_buses, two_sockets},
    {"dgx-b200", "NVIDIA B200", 8, 183359, 0x290110de, 10, 10, 18, 5, 53125, 3, h100_buses, two_sockets},
    {"nvl72", "NVIDIA GB200", 4, 189471, 0x294110de, 10, 10, 18, 5, 53125, 3, tray_buses, tray_nodes},
    {"a100-bridged", "NVIDIA A100 80GB PCIe", 4, 81920, 0x20b510de, 7, 8, 12, 3, 25000, 0, card_buses, tray_nodes},
    {"l40s", "NVIDIA L40S", 4, 46068, 0x26b910de, 8, 8, 0, 0, 0, 0, card_buses, tray_nodes},
};

static const uint8_t rack[16] = {0x5a, 0x1c, 0x9e, 0x02, 0x44, 0x31, 0x4f, 0x0b, 0xa7, 0x66, 0x10, 0xd2, 0x38, 0xef,
                                 0x71, 0x05};
static const uint64_t tray_domains[] = {0x8, 0x9, 0x18, 0x19};

static void describe(struct gpu *gpu, const struct shape *shape, int index) {
    int is_tray = !strcmp(shape->name, "nvl72"), is_bridged = !strcmp(shape->name, "a100-bridged");
    int known = index % shape->count;
    uint64_t *value = gpu->value;
    snprintf(gpu->name, sizeof gpu->name, "%s", shape->gpu);
    value[key_total] = shape->memory_mib * MIB;
    value[key_reserved] = 512 * MIB;
    value[key_used] = (uint64_t)(1024 + index) * MIB;
    value[key_temperature] = 30 + (uint64_t)index;
    value[key_memory_temperature] = 40 + (uint64_t)index;
    value[key_power] = 70000 + (uint64_t)index;
    value[key_power_limit] = 700000;
    value[key_energy] = 1000000;
    value[key_sm_clock] = 1980;
    value[key_memory_clock] = 2619;
    value[key_reasons] = 1;
    value[key_ecc] = 1;
    value[key_generation] = value[key_generation_max] = 5;
    value[key_width] = value[key_width_max] = 16;
    value[key_links] = value[key_links_active] = shape->links;
    value[key_nvlink_version] = shape->nvlink_version;
    value[key_nvlink_speed] = shape->nvlink_speed;
    value[key_remote] = is_bridged ? 0 : 2;
    value[key_peer] = (uint64_t)(index ^ 1);
    value[key_fabric_state] = shape->fabric_state;
    value[key_clique] = is_tray ? 32766 : 0;
    value[key_health] = shape->fabric_state ? 0xaa : 0;
    value[key_summary] = shape->fabric_state ? 1 : 0;
    value[key_numa] = shape->nodes[known];
    value[key_architecture] = shape->architecture;
    value[key_major] = shape->major;
    value[key_pci_id] = shape->pci_id;
    value[key_domain] = is_tray ? tray_domains[known] : (uint64_t)(index / shape->count);
    value[key_bus] = shape->buses[known];
    value[key_slot] = is_tray ? 11 : 0;
    value[key_tray] = is_tray ? 4 : 0;
    value[key_module] = (uint64_t)index + 1;
    value[key_event_types] = 0xFF8F;
}

void fake_shape(struct scenario *scenario, const char *name) {
    for (unsigned index = 0; index < sizeof shapes / sizeof *shapes; index++) {
        const struct shape *shape = &shapes[index];
        if (strcmp(shape->name, name)) continue;
        scenario->gpu_count = shape->count;
        for (int gpu = 0; gpu < gpus_max; gpu++) describe(&scenario->gpus[gpu], shape, gpu);
        memset(scenario->cluster, 0, sizeof scenario->cluster);
        if (!strcmp(name, "nvl72")) memcpy(scenario->cluster, rack, sizeof rack);
        snprintf(scenario->driver, sizeof scenario->driver, "570.86.15");
    }
}
