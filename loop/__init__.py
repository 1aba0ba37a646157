"""The ground of the house: values, ports, clock, engine, control. It knows no device, no Qt, no torch, no LSL."""
