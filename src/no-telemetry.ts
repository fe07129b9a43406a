/**
 * ONNX Runtime's library keeps usage events for its maker unless this is set before it is loaded; nothing of ours may
 * leave the house. It reads the process's own environment, of which worker threads only have a copy: so this is
 * imported where the process begins, before anything else.
 */
process.env['ORT_DISABLE_TELEMETRY'] = '1';
