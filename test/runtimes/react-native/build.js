// Bundles the application as React Native does: Metro, with React Native's own Babel preset and its order of a package's entries.
const { join } = require('node:path');
const { getDefaultConfig, mergeConfig } = require('metro-config');
const { runBuild } = require('metro');

/** pusher-js asks it whether there is a network; an application installs it, with native code that needs a device. */
const netInfo = join(__dirname, 'netinfo.js');

async function build() {
  const config = mergeConfig(await getDefaultConfig(__dirname), {
    watchFolders: [__dirname],
    reporter: { update() {} },
    transformer: {
      babelTransformerPath: require.resolve('@react-native/metro-babel-transformer'),
      asyncRequireModulePath: require.resolve('metro-runtime/src/modules/asyncRequire'),
    },
    resolver: {
      resolverMainFields: ['react-native', 'browser', 'main'],
      unstable_conditionNames: ['require', 'react-native'],
      resolveRequest: (context, name, platform) =>
        name === '@react-native-community/netinfo'
          ? { type: 'sourceFile', filePath: netInfo }
          : context.resolveRequest(context, name, platform),
    },
  });
  await runBuild(config, {
    entry: 'application.js',
    platform: 'ios',
    dev: false,
    minify: false,
    out: 'bundle.js',
  });
}

build().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
