import{a,b}from"./chunk-IWVX2KVY.js";import"./chunk-NRJQH3FO.js";import"./chunk-PU5JH4R4.js";import"./chunk-D7T4XN55.js";import"./chunk-AAZABAPM.js";export{b as Figure,a as StatusPage};
