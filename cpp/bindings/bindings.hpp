// Each part of the core binds itself; module.cpp calls them in turn.
#pragma once

#include <nanobind/nanobind.h>

namespace sagredo::bindings {

void bind_operations(nanobind::module_& module);
void bind_evaluation(nanobind::module_& module);
void bind_fitting(nanobind::module_& module);
void bind_search(nanobind::module_& module);
void bind_evidence(nanobind::module_& module);
void bind_regression(nanobind::module_& module);

}  // namespace sagredo::bindings
