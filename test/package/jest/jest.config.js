// A busy machine is slow, not wrong.
module.exports = { testMatch: ['**/*.jest.js'], testTimeout: 60_000 };
