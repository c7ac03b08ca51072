/** Loaded before a program, it lists at the end of it which modules of CommonJS it has loaded, all of the SDK among them. */
process.on('exit', () => {
  console.error(Object.keys(require.cache).join('\n'));
});
