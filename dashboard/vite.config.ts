import { defineConfig } from 'vite';

/** The pages: dist/dashboard, whose addresses are relative to the document's base. */
export default defineConfig({
  root: import.meta.dirname,
  base: './',
  build: {
    outDir: '../dist/dashboard',
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: { polyfill: false },
    // A file in the document needs a policy that allows it.
    assetsInlineLimit: 0,
    // The frame and all that it imports are one file: each request more costs as much as a small part of the code.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: 'frame', test: /frame.app\.tsx$/ }] } } },
    license: { fileName: 'THIRD-PARTY-LICENSES.md' },
  },
});
