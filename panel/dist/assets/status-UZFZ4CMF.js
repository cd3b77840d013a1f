import{a,b}from"./chunk-DABHG2PW.js";import"./chunk-PMVVIV5T.js";import"./chunk-SOXRZUUM.js";import"./chunk-D7T4XN55.js";import"./chunk-AAZABAPM.js";export{b as Figure,a as StatusPage};
