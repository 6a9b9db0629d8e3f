// Sets of events.
#include "scenario.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct nvml_event_set_tag {
    uint64_t types[gpus_max];
    nvml_device devices[gpus_max];
    unsigned long delivered;
};

int nvmlDeviceGetSupportedEventTypes(nvml_device device, uint64_t *types) {
    struct target target;
    int entered = fake_enter_device(__func__, device, &target);
    if (entered) return entered;
    *types = fake_scenario()->gpus[target.gpu].value[key_event_types];
    LEAVE(nvml_success);
}

int nvmlEventSetCreate(nvml_event_set *set) {
    int entered = fake_enter(__func__);
    if (entered) return entered;
    *set = calloc(1, sizeof **set);
    // Events of before are not delivered.
    struct scenario *scenario = fake_scenario();
    for (int index = 0; index < scenario->event_count; index++) {
        if (scenario->events[index].number > (*set)->delivered) (*set)->delivered = scenario->events[index].number;
    }
    LEAVE(nvml_success);
}

int nvmlDeviceRegisterEvents(nvml_device device, uint64_t types, nvml_event_set set) {
    struct target target;
    int entered = fake_enter_device(__func__, device, &target);
    if (entered) return entered;
    if (types & ~fake_scenario()->gpus[target.gpu].value[key_event_types]) LEAVE(nvml_not_supported);
    set->types[target.gpu] = types;
    set->devices[target.gpu] = device;
    LEAVE(nvml_success);
}

static int take(nvml_event_set set, nvml_event *event) {
    struct scenario *scenario = fake_scenario();
    for (int index = 0; index < scenario->event_count; index++) {
        struct fake_event *next = &scenario->events[index];
        if (next->number <= set->delivered || next->gpu >= gpus_max) continue;
        set->delivered = next->number;
        if (!(set->types[next->gpu] & next->type)) continue;
        *event = (nvml_event){set->devices[next->gpu], next->type, next->data, next->gpu_instance,
                              next->compute_instance};
        return 1;
    }
    return 0;
}

static int wait_for_event(const char *symbol, nvml_event_set set, nvml_event *event, unsigned milliseconds) {
    for (unsigned waited = 0;; waited += 2) {
        int entered = fake_enter(symbol);
        if (entered) return entered;
        int found = take(set, event);
        fake_unlock();
        if (found) return nvml_success;
        if (waited >= milliseconds) return nvml_timeout;
        usleep(2000);
    }
}

int nvmlEventSetWait_v2(nvml_event_set set, nvml_event *event, unsigned milliseconds) {
    return wait_for_event(__func__, set, event, milliseconds);
}

// The older call does not know of instances and leaves their numbers as they are.
int nvmlEventSetWait(nvml_event_set set, nvml_event *event, unsigned milliseconds) {
    nvml_event found;
    int code = wait_for_event(__func__, set, &found, milliseconds);
    if (!code) memcpy(event, &found, offsetof(nvml_event, gpu_instance));
    return code;
}

int nvmlEventSetFree(nvml_event_set set) {
    int entered = fake_enter(__func__);
    if (entered) return entered;
    free(set);
    LEAVE(nvml_success);
}
