#!/usr/bin/env node
process.stdout.write("rtmfp\n");
