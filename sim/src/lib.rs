//! The world around the appliance, simulated.
