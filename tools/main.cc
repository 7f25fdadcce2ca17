// SPDX-License-Identifier: Apache-2.0
// The heddle command.
#include "tools/cli.h"

int main(int argc, char** argv) { return heddle::tools::run_cli(argc, argv); }
