import{a,b}from"./chunk-TCJO2CC6.js";import"./chunk-LIANCZA6.js";import"./chunk-HWXRTGQR.js";import"./chunk-D7T4XN55.js";import"./chunk-AAZABAPM.js";export{b as Figure,a as StatusPage};
