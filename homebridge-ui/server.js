// Started by homebridge-config-ui-x when the settings page opens, ended when it closes.
import '../dist/ui/server.js';
