export default {
  addEventListener: () => () => {},
  fetch: async () => ({ type: 'wifi', isConnected: true }),
};
