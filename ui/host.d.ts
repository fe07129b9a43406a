import '@homebridge/plugin-ui-utils/ui.interface';
